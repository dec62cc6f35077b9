import type { Database, EventReader, StoredEvent } from '#event-store';
import { compareRebuilt, type RebuildableView } from '#evidence';

/**
 * The law of views: built from all events a view is what it is, and built from all but one that it wants it is not, or
 * cannot be built. Answers what breaks it; `wants` says which events the view applies.
 */
export async function breachesOfRebuildLaw(
  database: Database,
  reader: Pick<EventReader, 'readAll' | 'head'>,
  view: RebuildableView,
  wants: (event: StoredEvent) => boolean,
): Promise<string[]> {
  const breaches = (await compareRebuilt(database, reader, view)).identical ? [] : [`${view.name} differs from its rebuild`];
  const events = await allEvents(reader);
  const wanted = events.filter(wants);
  if (wanted.length === 0) breaches.push(`${view.name} has seen no event`);
  for (const { position, type } of wanted) {
    const forgetful = {
      readAll: async (query: Parameters<EventReader['readAll']>[0]) => (await reader.readAll(query)).filter((event) => event.position !== position),
    };
    const missed = await compareRebuilt(database, forgetful, view).then(
      ({ identical }) => !identical,
      () => true,
    );
    if (!missed) breaches.push(`${view.name} does not miss ${type} at ${position}`);
  }
  return breaches;
}

async function allEvents(reader: Pick<EventReader, 'readAll' | 'head'>): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (const head = await reader.head(); (events.at(-1)?.position ?? 0) < head; ) {
    events.push(...(await reader.readAll({ after: events.at(-1)?.position ?? 0, limit: 1_000 })));
  }
  return events;
}
