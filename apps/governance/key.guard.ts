import { type CanActivate, createParamDecorator, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { type GovernanceScope, mayGovern, type Principal, sessionReader } from '#identity';
import { type Refusal, refuse } from '#kernel';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Refused } from './problem.ts';
import { foreignRequest } from './same-origin.ts';

/** `self`: what concerns the person alone, whatever their role. */
type Need = GovernanceScope | 'self';

const NEED = Symbol('need');

/** What a call needs; stated on every handler, for one without is refused. */
export const Needs = (need: Need) => SetMetadata(NEED, need);

const principalsOfRequests = new WeakMap<Request, Principal>();

/** Who asks: the principal the guard found. */
export const Asking = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const principal = principalsOfRequests.get(context.switchToHttp().getRequest());
  if (principal === undefined) throw new Error('a handler asked for its principal without the guard');
  return principal;
});

/** A governance key or a session of the console that is alive now, granted what the handler states to a role that reaches so far. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    @Inject(GOVERNANCE) private readonly house: GovernanceHouse,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const need = this.reflector.get<Need | undefined>(NEED, context.getHandler());
    if (need === undefined) throw new Error(`${context.getClass().name}.${context.getHandler().name} states no scope`);

    const principal = request.headers.authorization === undefined ? await this.bySession(request) : await this.byKey(request);
    const beyond = reachProblem(principal, need);
    if (beyond !== null) throw new Refused(beyond);
    principalsOfRequests.set(request, principal);
    return true;
  }

  private async byKey(request: Request): Promise<Principal> {
    const secret = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const principal = secret === undefined ? null : await this.house.principals.ofNow(secret);
    if (principal === null || principal.keyType !== 'governance') throw this.stranger(request);
    this.house.noteUse(principal, { at: this.house.clock(), address: request.socket.remoteAddress ?? '', agent: request.headers['user-agent'] ?? '' });
    return principal;
  }

  private async bySession(request: Request): Promise<Principal> {
    const principal = await sessionReader(this.house.principals, 'console').personOf(request.headers.cookie);
    if (principal === null) throw this.stranger(request);
    const foreign = foreignRequest(request);
    if (foreign !== null) throw new Refused(foreign);
    return principal;
  }

  private stranger(request: Request): Refused {
    this.house.noteDenied({ kind: 'credential', address: request.socket.remoteAddress ?? '' });
    return new Refused(UNAUTHENTICATED);
  }
}

const UNAUTHENTICATED = refuse('unauthenticated', 'A valid governance key is required: Authorization: Bearer <key>.');

/** Null: may. A key without the scope could be replaced by one with it; a role cannot be helped by another key. */
function reachProblem(principal: Principal, need: Need): Refusal | null {
  const scope = need === 'self' ? 'governance:admin' : need;
  if (!principal.caller.scopes.has(scope)) return refuse('scope_missing', `This key lacks the scope ${scope}.`, { requiredScopes: [scope] });
  if (need === 'self' || mayGovern(principal, scope)) return null;
  return refuse('permission_denied', 'Your role in the organisation does not allow this.');
}
