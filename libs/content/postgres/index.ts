export { type CallMemory, type ContentReadsOptions, contentReads } from './content-reads.ts';
export { contentTree } from './content-tree.ts';
export { migrations } from './migrations.ts';
export { createOpenedRows, type OpenedRows } from './opened-rows.ts';
