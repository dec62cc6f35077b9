import { CONSISTENCY } from '../bundle-files.ts';
import { type Checkpoint, openCheckpoint } from '../checkpoint.ts';
import { emptyRoot, verifyConsistency } from '../merkle.ts';
import { exactly, hash, integer, listOf, readCanonical } from '../reading.ts';
import { Rejected } from '../rejected.ts';
import { keysFor, type Trust } from '../trust.ts';
import { linesOf } from './open.ts';
import { attempt, type Fail, type OpenBundle, type Step } from './opened.ts';

const LINE = exactly({ from: integer, proof: listOf(hash), root: hash });
const HELD = '--held';

/** The log of this checkpoint continues the one the recipient holds; every consistency line verifies. */
export const checkHeld: Step = (bundle, fail) => {
  if (bundle.held === null && !bundle.files.has(CONSISTENCY)) return 'not_applicable';
  if (bundle.checkpoint === null) {
    fail(CONSISTENCY, null, 'there is no checkpoint to be consistent with');
    return undefined;
  }
  const joined = checkLines(bundle, bundle.checkpoint, fail);
  if (bundle.held !== null) compareHeld(bundle.held, bundle.trust, bundle.checkpoint, joined, fail);
  return undefined;
};

/** The earlier roots that lines which verify join to this checkpoint, by size. */
function checkLines({ files }: OpenBundle, checkpoint: Checkpoint, fail: Fail): Map<number, Buffer> {
  const joined = new Map<number, Buffer>();
  const file = files.get(CONSISTENCY);
  const lines = file === undefined ? [] : attempt(fail, CONSISTENCY, null, () => linesOf(file));
  if (lines?.length === 0 && file !== undefined) fail(CONSISTENCY, null, 'holds no line');
  let before = 0;
  for (const text of lines ?? []) {
    attempt(fail, CONSISTENCY, null, () => {
      const { from, proof, root } = LINE(readCanonical(text), 'line');
      if (from <= before) throw new Rejected('lines are not in order of size');
      before = from;
      const claim = { from, to: checkpoint.size, fromRoot: root, toRoot: checkpoint.root, proof };
      if (!verifyConsistency(claim)) throw new Rejected(`the proof from size ${from} does not verify`);
      joined.set(from, root);
    });
  }
  return joined;
}

function compareHeld(note: string, trust: Trust, checkpoint: Checkpoint, joined: ReadonlyMap<number, Buffer>, fail: Fail): void {
  attempt(fail, HELD, null, () => {
    const { checkpoint: held, signatures } = openCheckpoint(
      note,
      trust.log.map(({ key }) => key),
    );
    const vouched = keysFor(trust.log, held.size).some((key) => signatures.some((signature) => signature.key === key));
    if (!vouched) throw new Rejected('the held checkpoint bears no signature by a pinned log key that may vouch for its size');
    if (held.origin !== checkpoint.origin) throw new Rejected(`the held checkpoint is of ${held.origin}`);
    if (held.size > checkpoint.size) throw new Rejected(`the log was rolled back: size ${checkpoint.size} after ${held.size}`);
    const root = held.size === checkpoint.size ? checkpoint.root : held.size === 0 ? emptyRoot : joined.get(held.size);
    if (root === undefined) throw new Rejected(`no consistency line joins the held size ${held.size}: ask for an export with this checkpoint as held`);
    if (!held.root.equals(root)) throw new Rejected(`the log was rewritten: another root at size ${held.size}`);
  });
}
