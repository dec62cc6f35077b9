import { z } from 'zod';
import { type Sql, sealRow } from '#event-store';
import type { RandomBytes } from '#kernel';
import type { Principal } from './principal.ts';

/** When, from where and with what a key was last used: for its owner to recognise, never the audit record. */
export const keyUse = z.strictObject({ at: z.int(), address: z.string(), agent: z.string() });
export type KeyUse = z.infer<typeof keyUse>;

const AGENT_CHARACTERS = 300;

/**
 * Keeps the newest use of each key in memory and writes them together now and then, so that a call never waits for it.
 * What was not flushed is lost with the process.
 */
export function keyUses(house: { readonly sql: Sql; readonly random: RandomBytes }) {
  const unwritten = new Map<string, { principal: Principal; use: KeyUse }>();
  return {
    note(principal: Principal, use: KeyUse): void {
      unwritten.set(principal.caller.credential.id, { principal, use: { ...use, agent: use.agent.slice(0, AGENT_CHARACTERS).toWellFormed() } });
    },
    async flush(): Promise<void> {
      if (unwritten.size === 0) return;
      const rows = [...unwritten].map(([keyId, { principal, use }]) => sealRow(principal.keys.vault, 'person', keyId, use, house.random));
      unwritten.clear();
      await house.sql.query(
        `insert into key_uses_vault (key_id, ciphertext) select * from unnest($1::text[], $2::bytea[])
         on conflict (key_id) do update set ciphertext = excluded.ciphertext`,
        [rows.map(({ id }) => id), rows.map(({ ciphertext }) => ciphertext)],
      );
    },
  };
}
