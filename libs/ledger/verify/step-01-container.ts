import { sha256Hex } from '#kernel';
import { compareFiles, MANIFEST } from '../bundle-files.ts';
import type { VerifierKey } from '../note.ts';
import { keysFor } from '../trust.ts';
import type { Fail, OpenBundle } from './opened.ts';

/** Manifest signature under a pinned export key, file hashes, nothing missing or added. The container itself was compared on opening. */
export function checkContainer(bundle: OpenBundle, signedBy: VerifierKey | null, fail: Fail): void {
  const { manifest, trust } = bundle;
  if (signedBy === null) fail(MANIFEST, null, 'the signature does not verify under a pinned export key');
  else if (!keysFor(trust.export, manifest.predicate.checkpoint.size).includes(signedBy)) {
    fail(MANIFEST, null, `the export key is retired and may not vouch for tree size ${manifest.predicate.checkpoint.size}`);
  }
  checkHashes(bundle, fail);
  const { scope, checkpoint } = manifest.predicate;
  // Lines that cannot be read (step 7) or a checkpoint that is not the one stated (2, 7) hide which proofs belong in the bundle.
  const known = bundle.unreadable.length === 0 && bundle.checkpoint?.size === checkpoint.size;
  const indices = known ? [...bundle.records, ...bundle.mapLeaves].map(({ line }) => line.index) : null;
  const { missing, added } = compareFiles(bundle.files.keys(), { scope, indices, size: checkpoint.size });
  for (const name of missing) fail(name, null, 'is missing from the bundle');
  for (const name of added) fail(name, null, 'does not belong in the bundle');
}

function checkHashes({ files, manifest }: OpenBundle, fail: Fail): void {
  const listed = new Map(manifest.subject.map(({ name, sha256 }) => [name, sha256]));
  if (listed.size !== manifest.subject.length) fail(MANIFEST, null, 'lists a file twice');
  for (const [name, sha256] of listed) {
    const bytes = files.get(name);
    if (bytes === undefined) fail(name, null, 'is listed in the manifest and missing from the bundle');
    else if (sha256Hex(bytes) !== sha256) fail(name, null, 'has not the SHA-256 that the manifest states');
  }
  for (const name of files.keys()) {
    if (name !== MANIFEST && !listed.has(name)) fail(name, null, 'is not listed in the manifest');
  }
}
