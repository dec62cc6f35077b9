import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { RandomBytes } from '#kernel';

const derive = promisify(argon2);

/** RFC 9106, second recommended option: 64 MiB, 3 passes, 4 lanes. */
const COST = { memory: 65_536, passes: 3, parallelism: 4, tagLength: 32 } as const;
const NONCE_BYTES = 16;
const PHC = /^\$argon2id\$v=19\$m=65536,t=3,p=4\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** The argon2id hash of a password, as a PHC string. */
export async function hashPassword(password: string, random: RandomBytes): Promise<string> {
  const nonce = Buffer.from(random(NONCE_BYTES));
  const tag = await derive('argon2id', { message: password, nonce, ...COST });
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(nonce)}$${unpadded(tag)}`;
}

/** Whether a password is the hashed one; in constant time once the hash has the expected form. */
export async function provesPassword(password: string, phc: string): Promise<boolean> {
  const [, nonce, tag] = PHC.exec(phc) ?? [];
  if (nonce === undefined || tag === undefined) return false;
  const derived = await derive('argon2id', { message: password, nonce: Buffer.from(nonce, 'base64'), ...COST });
  return timingSafeEqual(derived, Buffer.from(tag, 'base64'));
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
