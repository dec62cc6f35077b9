export type { ControlRecord, Requester } from './control-record.ts';
export { type DenialsHouse, type Denied, denials } from './denials.ts';
export { CreateExport, CreateExportHandler, EXPORTS } from './exports/create-export.handler.ts';
export type { ExportHouse } from './exports/create-export.ts';
export { type ExportItem, openExport, readExport } from './exports/export-reads.ts';
export { type ExportJobHouse, runExports } from './exports/run-exports.ts';
export { type LogHouse, type RecordProof, readCheckpoint, readConsistency, readProof, readTilePath, readTrust } from './log/log-reads.ts';
export { rehashLog } from './log/rehash.ts';
export type { LogIdentities, LogIdentity } from './log-identity.ts';
export { migrations } from './migrations.ts';
export { ChangePolicy, ChangePolicyHandler, POLICIES } from './policies/change-policy.handler.ts';
export { getPolicy, type PolicyHouse } from './policies/change-policy.ts';
export type { Parameters } from './records/filters.ts';
export type { GroupItem } from './records/groups.ts';
export type { EvidenceItem, RecordItem } from './records/record-item.ts';
export {
  type Directory,
  type GroupPage,
  listAudit,
  listEvidence,
  listGroups,
  type Page,
  type ReadHouse,
  readGroup,
  readRecord,
} from './records/record-reads.ts';
export { runSealer, type SealerHouse } from './sealer/run-sealer.ts';
export { type Published, type SealingHouse, sealNext } from './sealer/sealing-transaction.ts';
export type { FollowingView } from './views/following-view.ts';
export { compareRebuilt, following, inline, type RebuildableView, type Rebuilt, rebuild } from './views/rebuild.ts';
export { followingViews, type ProjectorHouse, runProjector, viewsAsOf } from './views/run-projector.ts';
