import type { Confirmation } from '#calls';
import { listEvidence, type ReadHouse } from '#evidence';
import { isRefusal, LIMITS, timestamp } from '#kernel';
import type { Source } from './confirm-view.ts';

/** What the client was given in the group of the call that asks, before it asked: each version of a file once, the newest first. */
export async function sourcesRead(house: ReadHouse, { request }: Confirmation): Promise<readonly Source[]> {
  const page = await listEvidence(house, request.organizationId, {
    correlationId: request.correlationId,
    to: timestamp(request.expiresAt - LIMITS.confirmationMilliseconds),
    limit: String(LIMITS.pageItems),
  });
  if (isRefusal(page)) throw new Error(`the list of evidence refused its own query: ${page.message}`);
  const sources = page.items.flatMap(({ time, content }) =>
    content.map(({ path, contentId, version, range }) => ({
      path: path ?? contentId,
      version,
      lines: range === null ? null : `${range.unit}s ${range.start} to ${range.end}`,
      at: Date.parse(time),
    })),
  );
  const newest = [...Map.groupBy(sources, ({ path, version }) => `${path}@${version}`).values()].flatMap((same) => same.slice(0, 1));
  return newest.slice(0, LIMITS.confirmationSources);
}
