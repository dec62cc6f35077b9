export type { Connection, Database } from './database.ts';
export { inTransaction } from './database.ts';
export type { LogIdentities, LogIdentity } from './log-identity.ts';
export { migrations } from './migrations.ts';
export { runSealer, type SealerHouse } from './sealer/run-sealer.ts';
export { type Published, type SealingHouse, sealNext } from './sealer/sealing-transaction.ts';
