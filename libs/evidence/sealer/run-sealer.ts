import { type EventReader, keepTrying } from '#event-store';
import { LIMITS } from '#kernel';
import { isRecordType } from './records-to-seal.ts';
import { type Published, type SealingHouse, sealNext } from './sealing-transaction.ts';

export type SealerHouse = SealingHouse & {
  readonly store: Pick<EventReader, 'subscribe' | 'head'>;
  /** Told of every checkpoint, after its commit. */
  readonly published: (checkpoint: Published) => void;
  /** Told of what went wrong; the sealer tries again by itself. */
  readonly failed: (error: unknown) => void;
};

/**
 * Seals for ever, until `signal` aborts: a first record at once, under load every LIMITS.sealIntervalMilliseconds or as
 * soon as a batch is full. Any number may run; they exclude each other by the logs' rows. Outages are waited out.
 */
export async function runSealer(house: SealerHouse, signal: AbortSignal): Promise<void> {
  const news = createNews(signal);
  await Promise.all([keepTrying(() => follow(house, news, signal), house.failed, signal), work(house, news)]);
}

/** Notes every organisation once at the start, and from then on those that something is recorded of. */
async function follow({ store, identities }: SealerHouse, news: News, signal: AbortSignal): Promise<void> {
  const after = await store.head();
  for (const organization of await identities.all()) news.note(organization);
  for await (const events of store.subscribe({ after, signal })) {
    for (const { organization, type } of events) if (isRecordType(type)) news.note(organization);
  }
}

async function work(house: SealerHouse, news: News): Promise<void> {
  for (let organization = await news.next(); organization !== null; organization = await news.next()) await sealOnce(house, organization, news);
}

async function sealOnce(house: SealerHouse, organization: string, news: News): Promise<void> {
  try {
    const sealed = await sealNext(house, organization);
    if (sealed === null) return;
    house.published(sealed);
    // A full batch leaves work behind; after any other, the next waits until it is worth a map leaf and a signature.
    if (sealed.records === LIMITS.recordsPerSeal) news.note(organization);
    else news.rest(organization, LIMITS.sealIntervalMilliseconds);
  } catch (error) {
    house.failed(error);
    news.note(organization);
    news.rest(organization, LIMITS.retryMilliseconds);
  }
}

/** Which organisations have something to seal, and which of them are to rest for a while. */
type News = {
  note(organization: string): void;
  rest(organization: string, milliseconds: number): void;
  /** The next one that has news and does not rest; null once the signal aborts. */
  next(): Promise<string | null>;
};

function createNews(signal: AbortSignal): News {
  const waiting = new Set<string>();
  const resting = new Set<string>();
  let wake = () => {};
  signal.addEventListener('abort', () => wake(), { once: true });

  const ready = () => {
    for (const organization of waiting) if (!resting.has(organization)) return organization;
    return null;
  };

  return {
    note(organization) {
      waiting.add(organization);
      wake();
    },
    rest(organization, milliseconds) {
      resting.add(organization);
      const timer = setTimeout(() => {
        resting.delete(organization);
        wake();
      }, milliseconds);
      timer.unref();
    },
    async next() {
      while (!signal.aborted) {
        const organization = ready();
        if (organization !== null) {
          waiting.delete(organization);
          return organization;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return null;
    },
  };
}
