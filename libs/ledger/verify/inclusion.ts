import { CHECKPOINT, hasProofFiles, proofFile, tileFile } from '../bundle-files.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { verifyInclusion } from '../merkle.ts';
import { readUtf8 } from '../reading.ts';
import { Rejected } from '../rejected.ts';
import { TileReader } from '../tile-reader.ts';
import { parseTlogProof } from '../tlog-proof.ts';
import { fileOf } from './open.ts';
import type { OpenBundle } from './opened.ts';

/** Throws {@link Rejected} unless the log of the checkpoint has a leaf with this hash at `index`. */
export type CheckInclusion = (index: number, leafHash: Uint8Array) => void;

export function inclusionIn(bundle: OpenBundle, checkpoint: Checkpoint): CheckInclusion {
  const lines = bundle.records.length + bundle.mapLeaves.length + bundle.unreadable.length;
  return hasProofFiles(lines) ? byProofFiles(bundle, checkpoint) : byTiles(bundle, checkpoint);
}

function byProofFiles({ files }: OpenBundle, { size, root }: Checkpoint): CheckInclusion {
  const note = readUtf8(fileOf(files, CHECKPOINT));
  return (index, leafHash) => {
    const proof = parseTlogProof(readUtf8(fileOf(files, proofFile(index))));
    if (proof.index !== index) throw new Rejected(`${proofFile(index)} is a proof for index ${proof.index}`);
    if (proof.checkpoint !== note) throw new Rejected(`${proofFile(index)} does not end in the checkpoint of the bundle`);
    if (!verifyInclusion({ index, size, leafHash, proof: proof.proof, root })) throw new Rejected(`the log does not hold this leaf at index ${index}`);
  };
}

/** The tile that holds the leaf's hash is itself authenticated from the root, so the hash needs only to be equal. */
function byTiles({ files }: OpenBundle, { size, root }: Checkpoint): CheckInclusion {
  const reader = new TileReader(size, root, (path) => files.get(tileFile(path)) ?? null);
  return (index, leafHash) => {
    if (index >= size || !Buffer.from(reader.node(0, index)).equals(leafHash)) throw new Rejected(`the log does not hold this leaf at index ${index}`);
  };
}
