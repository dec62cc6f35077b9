import { type Database, inTransaction } from '#event-store';
import { type Clock, timestamp } from '#kernel';
import { changedKeys, isGroupOfOne, loadMapPages, sealBatch, signCheckpoint } from '#ledger';
import type { LogIdentities } from '../log-identity.ts';
import { lockLog, readGroups, readMapPages } from './log-state.ts';
import { nextRecords } from './records-to-seal.ts';
import { writeSealed } from './write-sealed.ts';

export type SealingHouse = { readonly database: Database; readonly identities: LogIdentities; readonly clock: Clock };

/** A checkpoint that is committed: it may be shown to anyone. */
export type Published = { readonly organization: string; readonly size: number; readonly checkpoint: string; readonly records: number };

/**
 * The sealing transaction (EVIDENCE, Log). Appends the next records of an organisation in commit order and one map
 * leaf, and signs the checkpoint over them; null where nothing is new.
 *
 * Durable and atomic: what is returned is committed. Concurrent: sealers of one log wait for each other at its row, so
 * no two checkpoints ever contradict each other; a sealer holds no state between two calls. After an error the seal
 * happened or did not: calling again continues from what is committed.
 */
export async function sealNext({ database, identities, clock }: SealingHouse, organization: string): Promise<Published | null> {
  const { origin, logSigner } = await identities.of(organization);
  return inTransaction(database, 'write', async (sql) => {
    const log = await lockLog(sql, organization, origin);
    const records = await nextRecords(sql, organization, log.sealedThrough);
    const last = records.at(-1);
    if (last === undefined) return null;
    const now = clock();
    const groups = await readGroups(sql, organization, groupsOf(records));
    const pages = await loadMapPages(readMapPages(sql, organization), changedKeys(origin, records));
    const sealed = sealBatch({ origin, edge: log.edge, records, groups, pages, time: timestamp(now) });
    const size = sealed.edge.size;
    const checkpoint = signCheckpoint({ origin, size, root: sealed.root }, [logSigner]);
    await writeSealed(sql, organization, { before: log.edge.size, records, groupsBefore: groups, sealed, checkpoint, sealedAt: now });
    return { organization, size, checkpoint, records: records.length };
  });
}

function groupsOf(records: readonly { readonly groupId: string }[]): string[] {
  return [...new Set(records.map(({ groupId }) => groupId))].filter((groupId) => !isGroupOfOne(groupId));
}
