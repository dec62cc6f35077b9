import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { House } from '../e2e/house.ts';
import { type Agents, sendAgents } from './agents.ts';
import { judge, type Watch, watchLog } from './judge.ts';
import { KILLS, type Kill } from './kills.ts';

export type CrashReport = {
  readonly kills: number;
  readonly answers: number;
  readonly unavailable: { readonly calls: number; readonly slowest: number };
  readonly unanswered: number;
  readonly checkpoints: number;
  readonly flushed: Flushed;
  readonly problems: readonly string[];
};

const BETWEEN_KILLS_MILLISECONDS = 1_500;

/** Agents work while processes are killed at random moments; afterwards what they were told is held against what is there. */
export async function crash(kills: number, say: (line: string) => void): Promise<CrashReport> {
  const house = await houseWithFiles();
  try {
    const watch = await watchLog(house);
    const fileIds = await fileIdsOf(house);
    const agents = sendAgents(house, fileIds);
    for (let done = 0; done < kills; done++) {
      if (done % 3 !== 0) await recovered(house, agents, watch);
      await pause(Math.random() * BETWEEN_KILLS_MILLISECONDS);
      const kill = KINDS[done % KINDS.length]!;
      await KILLS[kill](house);
      say(`${done + 1}/${kills} killed ${kill}; ${agents.receipts.length} answers so far`);
    }
    await recovered(house, agents, watch);
    await agents.callBack();
    await watch.end();
    const flushed = await flushesWhile(house, () => workFor(house, fileIds, 2_000));
    say(`${agents.receipts.length} answers are held against the records`);
    return {
      kills,
      answers: agents.receipts.length,
      unavailable: agents.unavailable,
      unanswered: agents.unanswered.length,
      checkpoints: watch.notes.length,
      flushed,
      problems: await judge(house, agents, watch),
    };
  } finally {
    await house.end();
  }
}

/** Calls are answered and sealed again. One kill in three does not wait for that. */
async function recovered(house: House, { receipts }: Agents, { notes }: Watch): Promise<void> {
  const [answers, checkpoints] = [receipts.length + 50, notes.length + 1];
  await house.eventually(async () => receipts.length >= answers && notes.length >= checkpoints, Boolean, 90);
}

async function workFor(house: House, fileIds: readonly string[], milliseconds: number): Promise<void> {
  const agents = sendAgents(house, fileIds);
  await pause(milliseconds);
  await agents.callBack();
}

const KINDS = Object.keys(KILLS) as Kill[];
const FILES = 20;
const LINES = 150;

/** A house with some files to read, ready. */
export async function houseWithFiles(options: Parameters<typeof House.start>[0] = {}): Promise<House> {
  const documents = mkdtempSync(join(tmpdir(), 'deponent-documents-'));
  try {
    mkdirSync(join(documents, 'policies'));
    for (let file = 0; file < FILES; file++) {
      const lines = Array.from({ length: LINES }, (_, line) => `Document ${file}, line ${line + 1}: ${'words '.repeat((file + line) % 12)}`);
      writeFileSync(join(documents, `file-${file}.md`), `${lines.join('\n')}\n`);
    }
    return await House.start({ ...options, importFrom: documents });
  } finally {
    rmSync(documents, { recursive: true, force: true });
  }
}

export async function fileIdsOf(house: House): Promise<string[]> {
  const { result } = await house.call('content_list_content', { siteId: house.firstRun.siteId, limit: 200 });
  const items: { kind: string; contentId: string }[] = result.structuredContent.items;
  return items.filter(({ kind }) => kind === 'file').map(({ contentId }) => contentId);
}

export type Flushed = { readonly commits: number; readonly fsyncs: number };

/**
 * How often the write-ahead log was flushed to disk while appends were committed. They commit one after the other under
 * the log's lock, so each needs a flush that began after the one before had ended: fewer flushes than commits would mean
 * that something was acknowledged which a power cut can take back. A commit notifies once, which is how they are counted.
 * This is what PostgreSQL asked of the system; what a disk does with it is not seen here.
 */
async function flushesWhile(house: House, work: () => Promise<unknown>): Promise<Flushed> {
  const client = new pg.Client({ connectionString: house.databaseUrl });
  await client.connect();
  try {
    let commits = 0;
    client.on('notification', () => commits++);
    const before = await fsyncsOf(client);
    await client.query('listen deponent_events');
    await work();
    await client.query('unlisten deponent_events');
    return { commits, fsyncs: (await fsyncsOf(client)) - before };
  } finally {
    await client.end();
  }
}

/** Every other connection is ended first: only then has its process added all it counted to the statistics. */
async function fsyncsOf(client: pg.Client): Promise<number> {
  await client.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`);
  const { rows } = await client.query<{ fsyncs: string }>(`select sum(fsyncs) as fsyncs from pg_stat_io where object = 'wal'`);
  return Number(rows[0]?.fsyncs);
}
