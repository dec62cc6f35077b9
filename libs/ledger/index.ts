export type { BundleGroup, BundleInput, BundleProofs, BundleRecord, ConsistencyLine, ExportScope, Profile, Withheld } from './bundle.ts';
export { buildBundle, PROFILES } from './bundle.ts';
export { openDisclosures, sealDisclosures } from './disclosure-vault.ts';
export { type GroupState, type LoadPages, loadMapPages, type MapChange, type MapUpdate, mapProof, updateMap } from './group-map.ts';
export { type CompleteTile, edgeRoot, emptyEdge, type Growth, grow, type TreeEdge } from './growth.ts';
export type { CallData, CallRecordEvent, Citation, ContentItem, ControlAbout, ControlData, ControlKind, ControlRecordEvent } from './leaf.ts';
export {
  type Digests,
  EVIDENCE_KINDS,
  type EvidenceKind,
  eventSource,
  isControl,
  type Model,
  OUTCOMES,
  type Outcome,
  type RecordEvent,
  type Seal,
  writeEvent,
} from './leaf.ts';
export type { MapPage } from './map-page.ts';
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
export type { NoteSigner, VerifierKey } from './note.ts';
export { Rejected } from './rejected.ts';
export { type SealBatch, type Sealed, type SealedRecord, sealBatch, type Unsealed } from './sealing.ts';
export { type ReadTile, TileReader, tilesFor } from './tile-reader.ts';
export { entriesPath, nodeInTile, parseEntryBundle, parseTilePath, type TileAddress, tileOf, tilePath, tileWidth, writeEntryBundle } from './tiles.ts';
export { type Failure, type StepReport, type Verification, type VerificationReport, type VerifyInput, verifyBundle } from './verify.ts';
