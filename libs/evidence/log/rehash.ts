import { type Database, inTransaction } from '#event-store';
import { LIMITS } from '#kernel';
import { emptyEdge, grow, openCheckpoint } from '#ledger';
import type { LogIdentity } from '../log-identity.ts';
import { readLog } from '../sealer/log-state.ts';
import { LogDamaged, readLeaves } from './leaves.ts';

/** What re-hashing found: every leaf rewritten from its event, the tree grown from them, its root held to the signed checkpoint. */
export type Rehashed = { readonly leaves: number; readonly problems: readonly string[] };

/** Reads the whole log of an organisation in one snapshot, a page at a time. */
export async function rehashLog(database: Database, { organization, logSigner }: LogIdentity): Promise<Rehashed> {
  return inTransaction(database, 'snapshot', async (sql) => {
    const log = await readLog(sql, organization);
    if (log === null || log.checkpoint === null) return { leaves: 0, problems: [] };
    let edge = emptyEdge;
    let root = log.root;
    try {
      for (let from = 0; from < log.edge.size; from += LIMITS.eventsPerPage) {
        const leaves = await readLeaves(sql, organization, { from, to: Math.min(from + LIMITS.eventsPerPage, log.edge.size) });
        ({ edge, root } = grow(
          edge,
          leaves.map(({ leafHash }) => leafHash),
        ));
      }
    } catch (error) {
      if (!(error instanceof LogDamaged)) throw error;
      return { leaves: edge.size, problems: [error.message] };
    }
    const { checkpoint } = openCheckpoint(log.checkpoint, [logSigner.key]);
    const whole = edge.size === checkpoint.size && root.equals(checkpoint.root);
    return { leaves: edge.size, problems: whole ? [] : [`${edge.size} leaves do not add up to the signed checkpoint of size ${checkpoint.size}`] };
  });
}
