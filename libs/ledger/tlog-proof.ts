import { base64, fromBase64 } from '#kernel';
import { Rejected } from './rejected.ts';

/** C2SP tlog-proof, without an `extra` line. `checkpoint` is the signed note, byte for byte. */
export type TlogProof = { readonly index: number; readonly proof: readonly Uint8Array[]; readonly checkpoint: string };

const HEADER = 'c2sp.org/tlog-proof@v1';
const INDEX_LINE = /^index (0|[1-9]\d{0,15})$/;
/** A tree of 2^53 leaves is no higher. */
const MAX_HASHES = 53;

export function writeTlogProof({ index, proof, checkpoint }: TlogProof): string {
  return `${[HEADER, `index ${index}`, ...proof.map(base64)].join('\n')}\n\n${checkpoint}`;
}

export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  const [header, indexLine = '', ...hashes] = text.slice(0, Math.max(split, 0)).split('\n');
  const index = Number(INDEX_LINE.exec(indexLine)?.[1]);
  if (split < 0 || header !== HEADER || !Number.isSafeInteger(index)) throw new Rejected('not a tlog-proof without extra data');
  if (hashes.length > MAX_HASHES) throw new Rejected('an inclusion proof is longer than any tree is high');
  return { index, proof: hashes.map(readHash), checkpoint: text.slice(split + 2) };
}

function readHash(line: string): Buffer {
  const hash = fromBase64(line);
  if (hash?.length !== 32) throw new Rejected('a line of the inclusion proof is not a hash in base64');
  return hash;
}
