import { type CanActivate, createParamDecorator, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Principal } from '#identity';
import { refuse } from '#kernel';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Refused } from './problem.ts';

export type GovernanceScope = 'governance:read' | 'governance:export' | 'governance:admin';

const SCOPE = Symbol('scope');

/** The scope a call needs; stated on every handler, for one without is refused. */
export const Needs = (scope: GovernanceScope) => SetMetadata(SCOPE, scope);

const principalsOfRequests = new WeakMap<Request, Principal>();

/** Who asks: the principal the guard found. */
export const Asking = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const principal = principalsOfRequests.get(context.switchToHttp().getRequest());
  if (principal === undefined) throw new Error('a handler asked for its principal without the guard');
  return principal;
});

/** A governance key that is alive now, with the scope that the handler states. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    @Inject(GOVERNANCE) private readonly house: GovernanceHouse,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const scope = this.reflector.get<GovernanceScope | undefined>(SCOPE, context.getHandler());
    if (scope === undefined) throw new Error(`${context.getClass().name}.${context.getHandler().name} states no scope`);

    const secret = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const principal = secret === undefined ? null : await this.house.principals.ofNow(secret);
    if (principal === null || principal.keyType !== 'governance')
      throw new Refused(refuse('unauthenticated', 'A valid governance key is required: Authorization: Bearer <key>.'));
    if (!principal.caller.scopes.has(scope)) throw new Refused(refuse('scope_missing', `This key lacks the scope ${scope}.`, { requiredScopes: [scope] }));

    principalsOfRequests.set(request, principal);
    this.house.noteUse(principal, { at: this.house.clock(), address: request.socket.remoteAddress ?? '', agent: request.headers['user-agent'] ?? '' });
    return true;
  }
}
