import type { Sql } from '#event-store';
import { type Clock, LIMITS, type RandomBytes, type Refusal, refuse } from '#kernel';
import { type Accounts, normalEmail } from './accounts.ts';
import { hashPassword, provesPassword } from './password.ts';
import type { Principal, Principals, SessionApp } from './principal.ts';
import { claimOf, mintSecret } from './secrets.ts';
import { type SignInThrottle, signInThrottle } from './sign-in-throttle.ts';

type SignIn = {
  readonly email: string;
  readonly password: string;
  /** Null: the organisation the person joined first. */
  readonly organizationId: string | null;
  /** The address that the request came from. */
  readonly source: string;
  readonly app: SessionApp;
};

export interface Sessions {
  /** A session of twelve hours, or one refusal for every reason; `rate_limited` beyond 60 attempts in 15 minutes from one source or at one account. */
  signIn(given: SignIn): Promise<{ readonly token: string; readonly principal: Principal } | Refusal>;
  readonly throttle: SignInThrottle;
  signOut(token: string): Promise<void>;
  /** Null: the password is the new one, and every session of the person has ended, this one too. */
  changePassword(principal: Principal, given: { readonly current: string; readonly password: string; readonly source: string }): Promise<Refusal | null>;
  /** The organisations a person may sign in to, as ids; the one joined first comes first. */
  organizationsOf(userId: string): Promise<readonly string[]>;
}

/** Of no password. Checked where there is no account, so that this takes as long. */
const NO_PASSWORD = '$argon2id$v=19$m=65536,t=3,p=4$bm8gcGFzc3dvcmQgaGVyZQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

type SessionHouse = {
  readonly sql: Sql;
  readonly accounts: Accounts;
  readonly principals: Principals;
  readonly deploymentKey: Uint8Array;
  readonly clock: Clock;
  readonly random: RandomBytes;
};

export function sessions(house: SessionHouse): Sessions {
  const { sql, clock, random } = house;
  const throttle = signInThrottle(house);

  async function open(userId: string, organizationId: string | null, app: SessionApp): Promise<string | null> {
    const { id, secret, sha256 } = mintSecret('session', random);
    const { rowCount } = await sql.query(
      `with ended as (delete from sessions_vault where expires_at <= $6)
       insert into sessions_vault (session_id, sha256, app, organization, user_id, member_since, expires_at)
       select $1, $2, $3, organization, user_id, since, $6::bigint + $7 from members_view
        where user_id = $4 and organization = coalesce($5::text, organization) order by since, organization limit 1`,
      [id, sha256, app, userId, organizationId, clock(), LIMITS.sessionMilliseconds],
    );
    return rowCount === 1 ? secret : null;
  }

  return {
    throttle,
    async signIn({ email, password, organizationId, source, app }) {
      const limited = await throttle({ source, account: normalEmail(email) });
      if (limited !== null) return limited;
      const account = await house.accounts.find(email);
      const proven = await provesPassword(password, account?.passwordHash ?? NO_PASSWORD);
      const token = account !== null && proven ? await open(account.userId, organizationId, app) : null;
      const principal = token === null ? null : await house.principals.ofSession(token, app);
      if (token === null || principal === null) return refuse('unauthenticated', 'E-mail address or password is wrong.');
      return { token, principal };
    },
    async signOut(token) {
      await sql.query('delete from sessions_vault where session_id = $1', [claimOf(token)?.id ?? '']);
    },
    async changePassword({ email, caller }, { current, password, source }) {
      const limited = await throttle({ source, account: normalEmail(email) });
      if (limited !== null) return limited;
      const account = await house.accounts.find(email);
      const proven = account?.userId === caller.user && (await provesPassword(current, account.passwordHash));
      if (!proven) return refuse('permission_denied', 'The current password is wrong.');
      await house.accounts.setPassword({ email, userId: caller.user, passwordHash: await hashPassword(password, random) });
      return null;
    },
    async organizationsOf(userId) {
      const { rows } = await sql.query<{ organization: string }>('select organization from members_view where user_id = $1 order by since, organization', [
        userId,
      ]);
      return rows.map((row) => row.organization);
    },
  };
}
