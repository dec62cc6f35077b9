export { type BundleGroup, type BundleInput, type BundleProofs, type BundleRecord, buildBundle, type ConsistencyLine } from './bundle.ts';
export { hasProofFiles } from './bundle-files.ts';
export { type Checkpoint, checkpointText, type OpenedCheckpoint, ORIGIN_PATTERN, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
export { openDisclosures, sealDisclosures } from './disclosure-vault.ts';
export {
  type Disclosed,
  type Disclosure,
  type DisclosureName,
  type DisclosureValue,
  type DisclosureValues,
  disclose,
  disclosedValues,
  disclosureDigest,
  type OpenedDisclosure,
  openDisclosure,
} from './disclosures.ts';
export { type Envelope, keyIdOf, pae, parseEnvelope, signEnvelope, verifyEnvelope } from './dsse.ts';
export {
  type GroupState,
  groupKey,
  groupValue,
  type LoadPages,
  loadMapPages,
  type MapChange,
  type MapUpdate,
  mapProof,
  updateMap,
  verifyMapProof,
} from './group-map.ts';
export { CONTROL_GROUP, EXTERNAL_ID_PATTERN, groupId, groupOfOne, isGroupIdOf, isGroupOfOne } from './groups.ts';
export { type CompleteTile, edgeRoot, emptyEdge, type Growth, grow, type TreeEdge } from './growth.ts';
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
export { type MapStatement, parseMapLeaf, writeMapLeaf } from './map-leaf.ts';
export { decodePage, encodePage, type MapPage } from './map-page.ts';
export {
  consistencyNodes,
  consistencyProof,
  emptyRoot,
  inclusionNodes,
  inclusionProof,
  leafHash,
  type NodeAddress,
  nodeHash,
  type ReadNode,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
export {
  addSignatures,
  cosigner,
  formatVkey,
  type NoteSignature,
  type NoteSigner,
  noteSigner,
  type OpenedNote,
  openNote,
  parseVkey,
  signNote,
  type VerifierKey,
  verifierKey,
} from './note.ts';
export { applyProfile, REDACTED_NAMES } from './profiles.ts';
export type { Withheld } from './record-line.ts';
export { Rejected } from './rejected.ts';
export { changedKeys, groupAfter, type SealBatch, type Sealed, type SealedRecord, sealBatch, type Unsealed } from './sealing.ts';
export { type ReadTile, TileReader, tilesFor } from './tile-reader.ts';
export { entriesPath, nodeInTile, parseEntryBundle, parseTilePath, type TileAddress, tileOf, tilePath, tileWidth, writeEntryBundle } from './tiles.ts';
export { parseTlogProof, type TlogProof, writeTlogProof } from './tlog-proof.ts';
export { type PinnedKey, parseTrust, type Trust } from './trust.ts';
export { type Failure, type StepReport, type Verification, type VerificationReport, type VerifyInput, verifyBundle } from './verify.ts';
