export { claimDataDirectory, DataDirectoryInUse } from './claim.ts';
export { embeddedUrl } from './cluster.ts';
export { checkDurability, NotDurable } from './durability.ts';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './supervisor.ts';
