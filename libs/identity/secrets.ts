import { timingSafeEqual } from 'node:crypto';
import { base32, ID_PREFIXES, type RandomBytes, sha256 } from '#kernel';

export type AccessKeyType = 'mcp' | 'governance';
export type SecretKind = AccessKeyType | 'session' | 'invitation';

const FORMS: Readonly<Record<SecretKind, { readonly word: string; readonly id: string }>> = {
  mcp: { word: 'mcp', id: ID_PREFIXES.key },
  governance: { word: 'gov', id: ID_PREFIXES.key },
  session: { word: 'ses', id: ID_PREFIXES.session },
  invitation: { word: 'inv', id: ID_PREFIXES.invitation },
};
const KINDS: readonly SecretKind[] = ['mcp', 'governance', 'session', 'invitation'];

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const FORM = /^dpn_([a-z]{3})_([a-z2-7]{26})[a-z2-7]{52}$/;
const SHOWN_CHARACTERS = 4;

export type MintedSecret = { readonly id: string; readonly secret: string; readonly prefix: string; readonly sha256: Buffer };

/** A new secret: `dpn_mcp_` (or `gov`, `ses`, `inv`), 26 characters that name it and 52 that prove it. Shown once, stored as its SHA-256. */
export function mintSecret(kind: SecretKind, random: RandomBytes): MintedSecret {
  const name = base32(random(ID_BYTES));
  const { word, id } = FORMS[kind];
  const secret = `dpn_${word}_${name}${base32(random(SECRET_BYTES))}`;
  return { id: `${id}_${name}`, secret, prefix: `dpn_${word}_${name.slice(0, SHOWN_CHARACTERS)}`, sha256: sha256(secret) };
}

/** What a secret claims to be; null where it has not the form of one. Proves nothing yet. */
export function claimOf(secret: string): { readonly id: string; readonly kind: SecretKind } | null {
  const [, word, name] = FORM.exec(secret) ?? [];
  const kind = KINDS.find((one) => FORMS[one].word === word);
  return kind === undefined ? null : { id: `${FORMS[kind].id}_${name}`, kind };
}

/** Whether this secret is the one whose hash was stored; in constant time. */
export function provesSecret(secret: string, storedSha256: Uint8Array): boolean {
  return timingSafeEqual(sha256(secret), storedSha256);
}
