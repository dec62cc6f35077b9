import { z } from 'zod';
import type { Sql } from '#event-store';
import { decrypt, deriveKey, encrypt, hmacSha256, type RandomBytes } from '#kernel';

/** Who a person is to this deployment, in however many organisations: an e-mail address and a password. */
export type Account = { readonly userId: string; readonly passwordHash: string };

const accountRow = z.strictObject({ email: z.string(), passwordHash: z.string() });

export interface Accounts {
  find(email: string): Promise<Account | null>;
  /** False: there is an account of this e-mail address, and it stays as it is. */
  create(account: Account & { readonly email: string }): Promise<boolean>;
  /** Also ends every session of the account. */
  setPassword(account: Account & { readonly email: string }): Promise<void>;
}

/** E-mail addresses are one account however they are capitalised. */
export function normalEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

export function accounts({ sql, deploymentKey, random }: { readonly sql: Sql; readonly deploymentKey: Uint8Array; readonly random: RandomBytes }): Accounts {
  const rowKey = deriveKey(deploymentKey, 'accounts');
  const loginKey = deriveKey(deploymentKey, 'logins');
  const loginOf = (email: string) => hmacSha256(loginKey, normalEmail(email)).toString('hex');
  const seal = (login: string, { email, passwordHash }: { email: string; passwordHash: string }) =>
    encrypt(rowKey, `account:${login}`, JSON.stringify({ email: normalEmail(email), passwordHash }), random);

  return {
    async find(email) {
      const login = loginOf(email);
      const { rows } = await sql.query<{ user_id: string; ciphertext: Buffer }>('select user_id, ciphertext from accounts_vault where login = $1', [login]);
      const row = rows[0];
      if (row === undefined) return null;
      const { passwordHash } = accountRow.parse(JSON.parse(decrypt(rowKey, `account:${login}`, row.ciphertext).toString('utf8')));
      return { userId: row.user_id, passwordHash };
    },
    async create({ userId, ...account }) {
      const login = loginOf(account.email);
      const statement = 'insert into accounts_vault (login, user_id, ciphertext) values ($1, $2, $3) on conflict (login) do nothing';
      return (await sql.query(statement, [login, userId, seal(login, account)])).rowCount === 1;
    },
    async setPassword({ userId, ...account }) {
      const login = loginOf(account.email);
      await sql.query(
        `with ended as (delete from sessions_vault where user_id = $2)
         update accounts_vault set ciphertext = $3 where login = $1 and user_id = $2`,
        [login, userId, seal(login, account)],
      );
    },
  };
}
