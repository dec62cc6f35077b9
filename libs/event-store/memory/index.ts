import { type Clock, LIMITS } from '#kernel';
import { createBell } from '../bell.ts';
import { decide, type Known, remember } from '../decide.ts';
import type { EventStore, StoredEvent, VaultKind } from '../port.ts';
import { requireWellFormed } from '../request.ts';

export type MemoryEventStore = EventStore & {
  /** The ciphertext of a vault row, as a vault's reader would find it. */
  vaultRow(organization: string, kind: VaultKind, id: string): Uint8Array | undefined;
};

/** An event store for tests: keeps every promise of the port except durability. */
export function createMemoryEventStore({ clock }: { readonly clock: Clock }): MemoryEventStore {
  const log: StoredEvent[] = [];
  const vault = new Map<string, Uint8Array>();
  const known: Known = { head: 0, recordedAt: 0, revisions: new Map(), counters: new Map(), positions: new Map() };
  const bell = createBell();

  const page = (after: number, limit: number) => log.slice(after, after + Math.min(limit, LIMITS.eventsPerPage));

  return {
    async append(request) {
      requireWellFormed(request);
      const decision = decide(request, known, clock());
      if (decision.outcome !== 'accepted') return decision;
      for (const event of decision.events) log.push({ ...event, body: Buffer.from(event.body) });
      for (const row of request.vault ?? []) vault.set(vaultKey(request.organization, row.kind, row.id), Buffer.from(row.ciphertext));
      bell.ring();
      return remember(decision, known);
    },

    async readStream(stream) {
      return log.filter((event) => event.stream === stream);
    },

    async readAll({ after, limit, organization }) {
      if (organization === undefined) return page(after, limit);
      const ofOrganization = log.slice(after).filter((event) => event.organization === organization);
      return ofOrganization.slice(0, Math.min(limit, LIMITS.eventsPerPage));
    },

    async *subscribe({ after, signal }) {
      let seen = after;
      while (!signal.aborted) {
        const heard = bell.rings;
        const events = page(seen, LIMITS.eventsPerPage);
        seen += events.length;
        if (events.length > 0) yield events;
        else await bell.wait(heard, signal);
      }
    },

    async head() {
      return known.head;
    },

    async counters(names) {
      return new Map(names.map((name) => [name, known.counters.get(name) ?? 0]));
    },

    vaultRow: (organization, kind, id) => vault.get(vaultKey(organization, kind, id)),
  };
}

function vaultKey(organization: string, kind: VaultKind, id: string): string {
  return JSON.stringify([organization, kind, id]);
}
