import { setTimeout as delay } from 'node:timers/promises';
import { keepTrying } from '#event-store';
import { LIMITS } from '#kernel';
import { slices } from '../slices.ts';
import type { Outcomes, UnreadVersion } from './extraction-queue.ts';
import { createExtractor, type Extractor } from './extractor.ts';
import { type ExtractionHouse, readVersion } from './read-version.ts';

/** Reads every version that waits to be read, until `signal` aborts. Any number may run, in any number of processes. */
export async function runExtractions(house: ExtractionHouse, signal: AbortSignal): Promise<void> {
  await withExtractors(signal, (extractors) =>
    keepTrying(
      async () => {
        while (!signal.aborted) {
          await readAll(house, extractors, await house.queue.unread(null), signal, () => undefined);
          await pause(signal);
        }
      },
      house.failed,
      signal,
    ),
  );
}

export type ExtractionProgress = (progress: { readonly done: number; readonly total: number }) => void;

/** Returns when no version of a site waits to be read any more, whoever reads them. Gives what became of them. */
export async function readSite(house: ExtractionHouse, siteId: string, progress: ExtractionProgress, signal: AbortSignal): Promise<Outcomes> {
  const asked = await house.queue.unread(siteId);
  const total = asked.length;
  if (total === 0) return new Map();
  await withExtractors(signal, async (extractors) => {
    let unread = asked;
    while (!signal.aborted && unread.length > 0) {
      const before = total - unread.length;
      // The last step is told once all are recorded: others may be reading some of them.
      await readAll(house, extractors, unread, signal, (looked) => progress({ done: Math.max(0, Math.min(total - 1, before + looked)), total }));
      await pause(signal);
      unread = await house.queue.unread(siteId);
    }
  });
  progress({ done: total, total });
  return house.queue.countOutcomes(asked);
}

/** One round, as many at once as there are extractors. What goes wrong with one does not hold up the others. */
async function readAll(
  house: ExtractionHouse,
  extractors: readonly Extractor[],
  unread: readonly UnreadVersion[],
  signal: AbortSignal,
  progress: (looked: number) => void,
): Promise<void> {
  let looked = 0;
  for (const together of slices(unread, extractors.length)) {
    if (signal.aborted) return;
    const reading = extractors.flatMap((extractor, index) => {
      const version = together[index];
      return version === undefined ? [] : [readVersion(house, extractor, version)];
    });
    for (const result of await Promise.allSettled(reading)) if (result.status === 'rejected' && !signal.aborted) house.failed(result.reason);
    looked += together.length;
    progress(looked);
  }
}

/** They end with the work, and at once when it is told to end. */
async function withExtractors(signal: AbortSignal, work: (extractors: readonly Extractor[]) => Promise<void>): Promise<void> {
  const extractors = Array.from({ length: LIMITS.extractors }, createExtractor);
  const close = () => Promise.all(extractors.map((extractor) => extractor.close()));
  const closeNow = () => void close();
  signal.addEventListener('abort', closeNow, { once: true });
  try {
    await work(extractors);
  } finally {
    signal.removeEventListener('abort', closeNow);
    await close();
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(LIMITS.extractionPollMilliseconds, undefined, { signal }).catch(() => undefined);
}
