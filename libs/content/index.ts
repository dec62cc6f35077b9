export { oneRoleIn, type SiteRoles } from './access.ts';
export type { ArtefactStore } from './artefact-store.ts';
export { createFile, createFolder, createSite, type NewItem, saveVersion } from './decisions.ts';
export type { Outcomes } from './extraction/extraction-queue.ts';
export type { ExtractionHouse, OrganizationMeans } from './extraction/read-version.ts';
export { type ExtractionProgress, readSite, runExtractions } from './extraction/run-extractions.ts';
export { createFileArtefacts, type FileArtefactsOptions } from './file-artefacts.ts';
export { importFolder } from './import/import-folder.ts';
export type { ImportPorts } from './import/job.ts';
export type { ImportProgress, ImportReport } from './import/report.ts';
export { renditionOf } from './lines.ts';
export { extensionOf, nameKey, nameProblem } from './names.ts';
export * from './ports.ts';
export { createOpenRenditions, type OpenRenditions } from './renditions.ts';
export { headingText } from './retrieval/indexed-chunks.ts';
export { isSearchable } from './retrieval/names.ts';
export { joinNeighbours, packChunks, windowOf } from './retrieval/packing.ts';
export {
  type FileEvent,
  type FileState,
  type FolderEvent,
  type FolderState,
  fileStream,
  folderStream,
  Name,
  type SiteEvent,
  type SiteState,
  siteStream,
} from './streams.ts';
export { TOKEN_COUNTER } from './tokens.ts';
export type { ContentTreeReads, ItemAtRevision } from './tree.ts';
export { createTreeMemory, type Reliance, type TreeMemory } from './tree-memory.ts';
export { type LineRange, takeWindow, type Window } from './window.ts';
export { contentWrites } from './writes.ts';
