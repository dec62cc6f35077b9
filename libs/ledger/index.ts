export { type BundleGroup, type BundleInput, type BundleProofs, type BundleRecord, buildBundle, type ConsistencyLine } from './bundle.ts';
export { hasProofFiles } from './bundle-files.ts';
export { type Checkpoint, type OpenedCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
export { openDisclosures, sealDisclosures } from './disclosure-vault.ts';
export {
  type Disclosed,
  type Disclosure,
  type DisclosureName,
  type DisclosureValue,
  type DisclosureValues,
  disclose,
  disclosedValues,
  type OpenedDisclosure,
  openDisclosure,
} from './disclosures.ts';
export type { Envelope } from './dsse.ts';
export {
  type GroupState,
  groupKey,
  groupValue,
  type LoadPages,
  loadMapPages,
  type MapChange,
  type MapUpdate,
  mapProof,
  verifyMapProof,
} from './group-map.ts';
export { CONTROL_GROUP, groupId, groupOfOne, isGroupIdOf, isGroupOfOne } from './groups.ts';
export { type CompleteTile, emptyEdge, type Growth, grow, type TreeEdge } from './growth.ts';
export {
  type CallData,
  type CallRecordEvent,
  type Citation,
  type ContentItem,
  type ControlAbout,
  type ControlData,
  type ControlKind,
  type ControlRecordEvent,
  type Digests,
  EVIDENCE_KINDS,
  type EvidenceKind,
  eventSource,
  fitsLeaf,
  isControl,
  type Model,
  OUTCOMES,
  type Outcome,
  type RecordEvent,
  type Seal,
  writeEvent,
  writeLeaf,
} from './leaf.ts';
export { eventHash, parseEvent, parseLeaf, type ReadLeaf } from './leaf-reader.ts';
export { type ExportScope, PROFILES, type Profile, scopeHash } from './manifest.ts';
export { type MapStatement, parseMapLeaf } from './map-leaf.ts';
export { encodePage, type MapPage } from './map-page.ts';
export {
  consistencyNodes,
  consistencyProof,
  emptyRoot,
  inclusionNodes,
  inclusionProof,
  leafHash,
  type NodeAddress,
  type ReadNode,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
export {
  formatVkey,
  type NoteSignature,
  type NoteSigner,
  noteSigner,
  type OpenedNote,
  type VerifierKey,
} from './note.ts';
export { applyProfile } from './profiles.ts';
export type { Withheld } from './record-line.ts';
export { Rejected } from './rejected.ts';
export { changedKeys, type SealBatch, type Sealed, type SealedRecord, sealBatch, type Unsealed } from './sealing.ts';
export { type ReadTile, tilesFor } from './tile-reader.ts';
export { nodeInTile, parseEntryBundle, parseTilePath, type TileAddress, tileOf, tilePath, tileWidth, writeEntryBundle } from './tiles.ts';
export { type TlogProof, writeTlogProof } from './tlog-proof.ts';
export type { PinnedKey, Trust } from './trust.ts';
export { type Failure, type StepReport, type Verification, type VerificationReport, type VerifyInput, verifyBundle } from './verify.ts';
