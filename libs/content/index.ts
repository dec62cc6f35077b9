export { createFile, createFolder, createSite, type NewItem, saveVersion } from './decisions.ts';
export { renditionOf } from './lines.ts';
export { extensionOf, nameKey, nameProblem } from './names.ts';
export * from './ports.ts';
export {
  type FileEvent,
  type FileState,
  type FolderEvent,
  type FolderNameEvent,
  type FolderState,
  fileStream,
  folderNameStream,
  folderStream,
  type SiteEvent,
  type SiteState,
  siteStream,
} from './streams.ts';
export { countTokens, TOKEN_COUNTER } from './tokens.ts';
export { type LineRange, takeWindow, type Window } from './window.ts';
