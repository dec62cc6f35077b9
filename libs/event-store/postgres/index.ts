import type { Clock } from '#kernel';
import type { InlineView } from '../inline-view.ts';
import type { EventStore } from '../port.ts';
import { Committer } from './committer.ts';
import { createReader, type ReadPool } from './reader.ts';
import type { Connect } from './session.ts';
import { createSubscriptions } from './subscription.ts';

export { migrations } from './migrations.ts';
export type { ReadPool } from './reader.ts';
export { type Connect, unavailable } from './session.ts';

export type PostgresEventStoreOptions = {
  /** For reads. Appends never wait for a place in it. */
  readonly pool: ReadPool;
  /** Opens a connection of the store's own, one for appends and one for notifications. */
  readonly connect: Connect;
  readonly inlineViews: readonly InlineView[];
  readonly clock: Clock;
};

export type PostgresEventStore = EventStore & {
  /** Lets what waits be committed, ends subscriptions, closes the store's own connections; the pool is not touched. */
  close(): Promise<void>;
};

/** The event store on PostgreSQL 15 or later, over tables made by {@link migrations}. Any number of processes may share one database. */
export function createPostgresEventStore({ pool, connect, inlineViews, clock }: PostgresEventStoreOptions): PostgresEventStore {
  const committer = new Committer({ connect, inlineViews, clock });
  const reader = createReader(pool);
  const subscriptions = createSubscriptions(reader, connect);
  return {
    ...reader,
    append: (request) => committer.append(request),
    subscribe: subscriptions.subscribe,
    async close() {
      subscriptions.close();
      await committer.close();
    },
  };
}
