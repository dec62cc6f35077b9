import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { logIdentities } from '#identity';
import { eventHash, leafHash, openCheckpoint, parseLeaf, type VerifierKey, verifyConsistency, verifyInclusion } from '#ledger';
import { parseVkey } from '../../libs/ledger/note.ts';
import { openDeployment } from '../../libs/platform/deployment.ts';
import { systemRandom } from '../../libs/platform/system.ts';
import type { House } from '../e2e/house.ts';
import { checkLedger } from '../support/ledger-checker.ts';
import type { Agents, Receipt } from './agents.ts';

const TOGETHER = 8;
const FOLLOWED_WITHIN_MILLISECONDS = 5_000;
const SEALED_WITHIN_MILLISECONDS = 20_000;

/** Whoever looks at the log from outside while things go wrong: the key pinned before, every checkpoint seen since. */
export type Watch = { readonly key: VerifierKey; readonly notes: readonly string[]; end(): Promise<void> };

export async function watchLog(house: House): Promise<Watch> {
  const { log } = await house.governance('GET', '/log/trust');
  const notes: string[] = [];
  let ended = false;
  const look = async () => {
    const response = await house.governanceResponse('GET', '/log/checkpoint');
    const note = await response.text();
    if (response.ok && note !== notes.at(-1)) notes.push(note);
  };
  const watching = (async () => {
    while (!ended) {
      await look().catch(() => undefined);
      await pause(100);
    }
    await look();
  })();
  return {
    key: parseVkey(log[0].vkey),
    notes,
    async end() {
      ended = true;
      await watching;
    },
  };
}

/** Everything that is wrong between what agents and watchers were told and what the house can show now. */
export async function judge(house: House, { receipts, wrong }: Agents, { key, notes }: Watch): Promise<string[]> {
  return [
    ...wrong,
    ...(await inParts(receipts, (receipt) => judgeReceipt(house, receipt, key))),
    ...(await judgeTexts(house, receipts)),
    ...(await inParts(receipts, (receipt) => judgeSave(house, receipt))),
    ...(await judgeHistory(house, key, notes)),
    ...(await checkStorage(house)),
  ];
}

async function inParts<Item>(items: readonly Item[], judgeOne: (item: Item) => Promise<string[]>): Promise<string[]> {
  const problems: string[] = [];
  let next = 0;
  const judgeNext = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) problems.push(...(await judgeOne(item)));
  };
  await Promise.all(Array.from({ length: TOGETHER }, judgeNext));
  return problems;
}

/** Its record is in the log that the pinned key signs, under the event hash the agent was given. */
async function judgeReceipt(house: House, { recordId, correlationId, eventHash: told, outcome }: Receipt, key: VerifierKey): Promise<string[]> {
  const proof = await proofOf(house, recordId);
  if (proof.leaf === undefined) return [`record ${recordId}: no proof, ${JSON.stringify(proof)}`];
  const leaf = Buffer.from(proof.leaf);
  const { event, eventText, seal } = parseLeaf(leaf);
  const { checkpoint } = openCheckpoint(proof.checkpoint, [key]);
  const path = proof.inclusion.map((hash: string) => Buffer.from(hash, 'base64'));
  const included = verifyInclusion({ index: proof.index, size: checkpoint.size, leafHash: leafHash(leaf), proof: path, root: checkpoint.root });
  const isIt = event.id === recordId && event.correlationid === correlationId && event.type === `deponent.call.${outcome}.v1`;
  return [
    ...(included ? [] : [`record ${recordId}: the inclusion proof does not verify`]),
    ...(isIt ? [] : [`record ${recordId}: the log has another event`]),
    ...(eventHash(eventText) === told && seal.eventHash === told ? [] : [`record ${recordId}: the agent was given another event hash`]),
  ];
}

async function proofOf(house: House, recordId: string) {
  for (const deadline = Date.now() + SEALED_WITHIN_MILLISECONDS; ; await pause(100)) {
    const proof = await house.governance('GET', `/evidence/${recordId}/proof`);
    if (proof.code !== 'not_sealed' || Date.now() > deadline) return proof;
  }
}

/** The records say which bytes were read: those the agents got. Asked by group, as a compliance admin would; the views that answer may be a moment behind. */
async function judgeTexts(house: House, receipts: readonly Receipt[]): Promise<string[]> {
  for (const deadline = Date.now() + FOLLOWED_WITHIN_MILLISECONDS; ; await pause(250)) {
    const problems = await compareTexts(house, receipts);
    if (problems.length === 0 || Date.now() > deadline) return problems;
  }
}

async function compareTexts(house: House, receipts: readonly Receipt[]): Promise<string[]> {
  const recorded = new Map<string, string | null>();
  await inParts([...new Set(receipts.map(({ correlationId }) => correlationId))], async (group) => {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await house.governance('GET', `/correlations/${group}?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
      for (const { recordId, content } of page.items) recorded.set(recordId, content[0]?.textSha256 ?? null);
      cursor = page.nextCursor;
    }
    return [];
  });
  return receipts
    .filter(({ recordId, textSha256 }) => recorded.get(recordId) !== textSha256)
    .map(({ recordId, textSha256 }) => `record ${recordId}: the agent read ${textSha256}, recorded is ${recorded.get(recordId)}`);
}

/** What an agent was told was saved can be read. */
async function judgeSave(house: House, { saved, recordId }: Receipt): Promise<string[]> {
  if (saved === null) return [];
  const { contentId, version, textSha256 } = saved;
  const { result } = await house.call('content_retrieve_file_content', { contentId, version });
  return result.structuredContent.textSha256 === textSha256 ? [] : [`record ${recordId}: what was saved is not there`];
}

/** One history: every checkpoint ever shown is a beginning of every later one. From each to the next and to the last. */
async function judgeHistory(house: House, key: VerifierKey, notes: readonly string[]): Promise<string[]> {
  const checkpoints = notes.map((note) => openCheckpoint(note, [key]).checkpoint);
  const last = checkpoints.at(-1);
  if (last === undefined) return ['no checkpoint was ever seen'];
  const pairs = checkpoints.flatMap((from, at) => [
    { from, to: checkpoints[at + 1] ?? last },
    { from, to: last },
  ]);
  return inParts(pairs, async ({ from, to }) => {
    const answer = await house.governance('GET', `/log/consistency?from=${from.size}&to=${to.size}`);
    const proof = (answer.proof ?? []).map((hash: string) => Buffer.from(hash, 'base64'));
    const consistent = verifyConsistency({ from: from.size, to: to.size, fromRoot: from.root, toRoot: to.root, proof });
    return consistent ? [] : [`the checkpoint of size ${to.size} does not continue the one of size ${from.size}`];
  });
}

/** The independent checker, over everything stored. */
async function checkStorage(house: House): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: house.databaseUrl, max: 1 });
  try {
    const sql = { query: async (text: string, values: readonly unknown[] = []) => pool.query(text, [...values]) };
    const { key } = openDeployment(house.dataDirectory, undefined, systemRandom);
    return await checkLedger(house.databaseUrl, logIdentities({ sql, deploymentKey: key }));
  } finally {
    await pool.end();
  }
}
