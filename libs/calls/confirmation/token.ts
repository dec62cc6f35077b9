import { base32, ID_PREFIXES, type RandomBytes } from '#kernel';

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const FORM = /^dpn_cnf_([a-z2-7]{26})[a-z2-7]{52}$/;

/** What a confirmed call is repeated with: it names a confirmation and proves that its bearer was given it. */
export type ConfirmationToken = { readonly confirmationId: string; readonly secret: string };

export function mintToken(random: RandomBytes): ConfirmationToken {
  const id = base32(random(ID_BYTES));
  return { confirmationId: confirmationId(id), secret: `dpn_cnf_${id}${base32(random(SECRET_BYTES))}` };
}

/** The confirmation that a token claims to be of; null where it has not the form of one. Proves nothing yet. */
export function readToken(secret: string): ConfirmationToken | null {
  const id = FORM.exec(secret)?.[1];
  return id === undefined ? null : { confirmationId: confirmationId(id), secret };
}

function confirmationId(id: string): string {
  return `${ID_PREFIXES.confirmation}_${id}`;
}
