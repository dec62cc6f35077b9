import { LIMITS } from '#kernel';
import type { Principal, Principals, SessionApp } from './principal.ts';

/** Whose session a request's `Cookie` header carries. */
export interface SessionReader {
  personOf(cookieHeader: string | undefined): Promise<Principal | null>;
}

export function sessionReader(principals: Pick<Principals, 'ofSession'>, app: SessionApp): SessionReader {
  return {
    async personOf(cookieHeader) {
      const token = sessionToken(cookieHeader, app);
      return token === null ? null : principals.ofSession(token, app);
    },
  };
}

/** The value of an app's cookie; null where there is none. */
export function sessionToken(cookieHeader: string | undefined, app: SessionApp): string | null {
  const name = `${cookieName(app)}=`;
  const cookie = (cookieHeader ?? '').split('; ').find((one) => one.startsWith(name));
  return cookie === undefined ? null : cookie.slice(name.length);
}

/** `Set-Cookie` of a session (RFC 6265bis): never readable by a script, never sent along from another site. */
export function sessionCookie(app: SessionApp, token: string, secure: boolean): string {
  return cookie(app, token, LIMITS.sessionMilliseconds / 1_000, secure);
}

/** `Set-Cookie` that takes the cookie away. */
export function endedSessionCookie(app: SessionApp, secure: boolean): string {
  return cookie(app, '', 0, secure);
}

function cookie(app: SessionApp, value: string, seconds: number, secure: boolean): string {
  return `${cookieName(app)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

function cookieName(app: SessionApp): string {
  return `deponent_${app}`;
}
