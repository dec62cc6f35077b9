export { type Decided, type Facts, factsOf } from './facts.ts';
export type { InlineView, Sql } from './inline-view.ts';
export { keepTrying } from './keep-trying.ts';
export {
  type AppendRequest,
  type AppendResult,
  type EventAppender,
  type EventReader,
  type EventStore,
  type NewEvent,
  type ReadAll,
  type StoredEvent,
  StoreUnavailable,
  type StreamAppend,
  type VaultKind,
  type VaultRow,
} from './port.ts';
export { type Connection, type Database, inTransaction } from './transaction.ts';
export { openRow, sealRow } from './vault-row.ts';
