import type { z } from 'zod';
import { openRow } from '#event-store';
import { LIMITS } from '#kernel';
import { createLru } from '../lru.ts';
import { Name, VersionDetails } from '../streams.ts';

type Open<Value> = (vaultKey: Uint8Array, id: string, ciphertext: Buffer) => Value;

/** Opened vault rows of one process. */
export type OpenedRows = { readonly name: Open<z.infer<typeof Name>>; readonly version: Open<z.infer<typeof VersionDetails>> };

/** Nonce and tag of AES-256-GCM: no two ciphertexts share them, so a replaced row is never mistaken for the one before. */
const SEAL_BYTES = 28;

/** Saves the decryption only: the row itself comes from the database each time, so what is erased there is gone here as well. */
export function createOpenedRows(): OpenedRows {
  return { name: remembering(Name), version: remembering(VersionDetails) };
}

function remembering<Value>(schema: z.ZodType<Value>): Open<Value> {
  const kept = createLru<{ readonly value: Value }>({ capacity: LIMITS.namesRemembered, weigh: () => 1 });
  return (vaultKey, id, ciphertext) => {
    const key = `${id} ${ciphertext.toString('latin1', 0, SEAL_BYTES)}`;
    const known = kept.get(key);
    if (known !== undefined) return known.value;
    const value = schema.parse(openRow(vaultKey, { kind: 'name', id, ciphertext }));
    kept.set(key, { value });
    return value;
  };
}
