import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { LIMITS } from '#kernel';
import { type Bell, createBell } from '../bell.ts';
import { type EventReader, type StoredEvent, StoreUnavailable } from '../port.ts';
import type { Connect } from './session.ts';
import { CHANNEL } from './statements.ts';

export type Subscriptions = Pick<EventReader, 'subscribe'> & { close(): void };

/**
 * Subscribers page through the log and sleep where it ends, until a notification wakes them; a notification only says
 * "look", so a lost one costs a poll interval, never an event.
 */
export function createSubscriptions(reader: Pick<EventReader, 'readAll'>, connect: Connect): Subscriptions {
  const closing = new AbortController();
  let bell: Bell | undefined;

  async function* subscribe({ after, signal }: { readonly after: number; readonly signal: AbortSignal }): AsyncIterable<readonly StoredEvent[]> {
    bell ??= listening(connect, closing.signal);
    const ended = AbortSignal.any([signal, closing.signal]);
    let seen = after;
    while (!ended.aborted) {
      const heard = bell.rings;
      const events = await pageAfter(seen, ended);
      seen = events.at(-1)?.position ?? seen;
      if (ended.aborted) return;
      if (events.length > 0) yield events;
      else await bell.wait(heard, ended, LIMITS.subscriptionPollMilliseconds);
    }
  }

  /** Empty at the end of the log, during an outage, and as soon as `ended` aborts. */
  function pageAfter(position: number, ended: AbortSignal): Promise<readonly StoredEvent[]> {
    return new Promise((resolve, reject) => {
      const stop = () => resolve([]);
      ended.addEventListener('abort', stop, { once: true });
      reader
        .readAll({ after: position, limit: LIMITS.eventsPerPage })
        .then(resolve, (error) => (error instanceof StoreUnavailable ? resolve([]) : reject(error)))
        .finally(() => ended.removeEventListener('abort', stop));
    });
  }

  return { subscribe, close: () => closing.abort() };
}

/** A bell that rings at every notification, whatever becomes of the connection that listens. */
function listening(connect: Connect, closing: AbortSignal): Bell {
  const bell = createBell();
  void keepListening(bell, connect, closing);
  return bell;
}

async function keepListening(bell: Bell, connect: Connect, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    await listen(bell, connect, closing).catch(() => undefined);
    await delay(LIMITS.subscriptionPollMilliseconds, undefined, { signal: closing }).catch(() => undefined);
  }
}

/** Resolves or rejects when the connection is gone; until then it rings the bell. */
async function listen(bell: Bell, connect: Connect, closing: AbortSignal): Promise<void> {
  const client: Client = await connect();
  const gone = new Promise<void>((resolve) => {
    client.on('error', () => resolve());
    client.on('end', resolve);
    if (closing.aborted) resolve();
    closing.addEventListener('abort', () => resolve(), { once: true });
  });
  client.on('notification', () => bell.ring());
  try {
    await client.query(`listen ${CHANNEL}`);
    bell.ring();
    await gone;
  } finally {
    client.connection.stream.destroy();
  }
}
