import { decrypt, encrypt, type RandomBytes } from '#kernel';
import type { VaultKind, VaultRow } from './port.ts';

/** A vault row: JSON under the organisation's key, bound to its kind and id. */
export function sealRow(vaultKey: Uint8Array, kind: VaultKind, id: string, value: unknown, random: RandomBytes): VaultRow {
  return { kind, id, ciphertext: encrypt(vaultKey, `${kind}:${id}`, JSON.stringify(value), random) };
}

/** What {@link sealRow} sealed. Throws when the row is not what was sealed for this kind and id. */
export function openRow(vaultKey: Uint8Array, row: VaultRow): unknown {
  return JSON.parse(decrypt(vaultKey, `${row.kind}:${row.id}`, row.ciphertext).toString('utf8'));
}
