import { base64, fromBase64 } from '#kernel';
import { type NoteSignature, type NoteSigner, openNote, signNote, type VerifierKey } from './note.ts';
import { Rejected } from './rejected.ts';

/** C2SP tlog-checkpoint: what a log says of itself. Ours has exactly three lines, no extension lines. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Buffer };

export type OpenedCheckpoint = { readonly checkpoint: Checkpoint; readonly signatures: readonly NoteSignature[] };

const THREE_LINES = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([^\n]+)\n$/;

/** `deployment/log id` parts of an origin (EVIDENCE, "Encodings"). */
export const ORIGIN_PATTERN = /^deponent\/[a-z0-9][a-z0-9.-]{0,62}\/[a-z0-9][a-z0-9.-]{0,62}$/;

function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

export function parseCheckpoint(text: string): Checkpoint {
  const [, origin, digits, encoded] = THREE_LINES.exec(text) ?? [];
  const root = fromBase64(encoded ?? '');
  const size = Number(digits);
  if (origin === undefined || root?.length !== 32 || !Number.isSafeInteger(size)) throw new Rejected('a checkpoint is three lines: origin, size, root');
  return { origin, size, root };
}

export function signCheckpoint(checkpoint: Checkpoint, signers: readonly NoteSigner[]): string {
  return signNote(checkpointText(checkpoint), signers);
}

/** Throws {@link Rejected} as `openNote` does, and where the text is no checkpoint. */
export function openCheckpoint(note: string, keys: readonly VerifierKey[]): OpenedCheckpoint {
  const { text, signatures } = openNote(note, keys);
  return { checkpoint: parseCheckpoint(text), signatures };
}
