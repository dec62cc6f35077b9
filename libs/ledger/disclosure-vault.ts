import { decrypt, encrypt, type RandomBytes } from '#kernel';
import { Rejected } from './rejected.ts';

/**
 * All disclosures of one record as one vault row (kind `disclosure`, id = recordId): AES-256-GCM under the
 * organisation's vault key, the recordId as associated data. Deleting the row erases the record (EVIDENCE, Disclosures).
 */
export function sealDisclosures(vaultKey: Uint8Array, recordId: string, texts: readonly string[], random: RandomBytes): Buffer {
  return encrypt(vaultKey, recordId, JSON.stringify(texts), random);
}

/** The disclosure texts that {@link sealDisclosures} sealed for this record. Throws for any other row. */
export function openDisclosures(vaultKey: Uint8Array, recordId: string, ciphertext: Uint8Array): string[] {
  const texts: unknown = JSON.parse(decrypt(vaultKey, recordId, ciphertext).toString('utf8'));
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) throw new Rejected('a disclosure row holds a list of texts');
  return texts;
}
