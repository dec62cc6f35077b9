import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { Response } from 'express';
import { StoreUnavailable } from '#event-store';
import { type Refusal, refuse, uuidv7 } from '#kernel';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { problemOf, Refused } from './problem.ts';

/** The one place where an error becomes an answer. What is not ours to tell is reported under the trace id and stays here. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(GOVERNANCE) private readonly house: GovernanceHouse) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const traceId = uuidv7(this.house.clock(), this.house.random);
    const refusal = this.refusalOf(error, traceId);
    const problem = problemOf(refusal, traceId);
    if (refusal.retryAfterSeconds !== undefined) response.setHeader('retry-after', refusal.retryAfterSeconds);
    if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer realm="deponent governance"');
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  private refusalOf(error: unknown, traceId: string): Refusal {
    if (error instanceof Refused) return error.refusal;
    if (error instanceof StoreUnavailable) return refuse('unavailable', 'The database cannot be reached now. Try again shortly.', { retryAfterSeconds: 2 });
    if (error instanceof HttpException) return fromHttp(error);
    this.house.report(error, traceId);
    return refuse('internal', 'The request could not be completed. Give the trace id to whoever runs this server.');
  }
}

/** What the framework itself refuses: no such route, a body that cannot be read. */
function fromHttp(error: HttpException): Refusal {
  switch (error.getStatus()) {
    case 404:
      return refuse('not_found', 'There is nothing here.');
    case 415:
      return refuse('unsupported_media_type', 'The body must be application/json.');
    default:
      return refuse('invalid_params', 'The request cannot be read.');
  }
}
