export { type CallMemory, type ContentReadsOptions, contentReads } from './content-reads.ts';
export { contentTree } from './content-tree.ts';
export { migrations } from './migrations.ts';
export { createOpenedRows, type OpenedRows } from './opened-rows.ts';
export { type ContentSearchOptions, contentSearch } from './search/content-search.ts';
export type { IndexedOrganization } from './search/index-changes.ts';
export { indexAsOf } from './search/index-checkpoint.ts';
export { type IndexerHouse, indexEvents, runIndexer } from './search/run-indexer.ts';
export { type SearchIndex, searchIndex } from './search/search-index.ts';
