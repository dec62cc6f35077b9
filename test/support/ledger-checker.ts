import { createPublicKey, verify } from 'node:crypto';
import pg from 'pg';
import type { LogIdentities, LogIdentity } from '#evidence';
import { decrypt, sha256 } from '#kernel';

/**
 * Recomputes every log from the stored events alone and says what in the database differs: leaves, chains, group map,
 * checkpoints, tiles, vault. Naive on purpose, and sharing nothing with the sealer but SHA-256: what both agree on is
 * not one mistake made twice.
 */
export async function checkLedger(databaseUrl: string, identities: LogIdentities): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read, read only');
    return await checkLedgerOn(client, identities);
  } finally {
    await client.end();
  }
}

/** The same within a transaction of the caller's. */
export async function checkLedgerOn(client: pg.ClientBase, identities: LogIdentities): Promise<string[]> {
  const problems = await checkEvents(client);
  const { rows } = await client.query<{ organization: string }>(
    `select organization from events where type like 'deponent.%' union select organization from logs order by 1`,
  );
  for (const { organization } of rows) {
    const found = await checkLog(client, await identities.of(organization));
    problems.push(...found.map((problem) => `${organization}: ${problem}`));
  }
  return problems;
}

async function checkEvents(client: pg.ClientBase): Promise<string[]> {
  const gaps = await client.query<{ position: string }>(
    'select position from (select position, row_number() over (order by position) as place from events) as numbered where position <> place limit 5',
  );
  const streams = await client.query<{ stream: string }>(
    'select stream from (select stream, revision, row_number() over (partition by stream order by position) as place from events) as numbered where revision <> place limit 5',
  );
  return [...gaps.rows.map(({ position }) => `position ${position} is out of order`), ...streams.rows.map(({ stream }) => `revisions of ${stream}`)];
}

type Event = { position: string; id: string; type: string; body: Buffer };
type LeafRow = {
  index: string;
  position: string | null;
  record_id: string | null;
  group_id: string | null;
  group_seq: string | null;
  group_prev: Buffer | null;
  leaf_hash: Buffer;
  map_leaf: Buffer | null;
};
type Group = { count: number; first: number; head: Buffer; last: number };

async function checkLog(client: pg.ClientBase, identity: LogIdentity): Promise<string[]> {
  const organization = identity.organization;
  const all = async <Row extends object>(text: string) => (await client.query<Row & pg.QueryResultRow>(text, [organization])).rows;
  const events = await all<Event>(
    `select position, id, type, body from events where organization = $1 and type like 'deponent.%' and type not like 'deponent.call.started.%' order by position`,
  );
  const leaves = await all<LeafRow>('select * from log_leaves where organization = $1 order by index');
  const checkpoints = await all<{ size: string; note: string }>('select size, note from log_checkpoints where organization = $1 order by size');
  const tiles = await all<{ level: number; index: string; hashes: Buffer }>('select level, index, hashes from log_tiles where organization = $1');
  const groupRows = await all<{ group_id: string; count: string; first: string; last: string; head: Buffer }>(
    'select * from log_groups where organization = $1',
  );
  const pages = await all<{ prefix: string; page: Buffer }>('select prefix, page from log_map_pages where organization = $1');
  const [log] = await all<{
    size: string;
    edge: Buffer[];
    root: Buffer;
    map_root: Buffer | null;
    sealed_through: string;
    checkpoint: string | null;
    origin: string;
  }>('select * from logs where organization = $1');

  const problems = [...checkBodies(identity, events), ...(await checkVault(client, identity, events))];
  if (log === undefined) return leaves.length + checkpoints.length === 0 ? problems : [...problems, 'leaves or checkpoints without a log'];

  const { hashes, groups, found } = checkLeaves(identity.origin, events, leaves);
  problems.push(...found);
  const root = rootsOf(hashes);
  const sealed = leaves.filter(({ position }) => position !== null);
  expectThat(problems, Number(log.size) === leaves.length, `size is ${log.size}, there are ${leaves.length} leaves`);
  expectThat(problems, log.root.equals(root(0, hashes.length)), 'the root is not that of the leaves');
  expectThat(problems, log.origin === identity.origin, 'origin');
  expectThat(problems, log.sealed_through === (sealed.at(-1)?.position ?? '0'), `sealed through ${log.sealed_through}`);
  expectThat(problems, log.checkpoint === (checkpoints.at(-1)?.note ?? null), 'the newest checkpoint is not the last one signed');
  problems.push(...checkCheckpoints(identity, leaves, checkpoints, root));
  problems.push(...checkTiles(hashes, tiles, log.edge, root));
  problems.push(...checkGroups(identity.origin, groups, groupRows, log.map_root, pages));
  return problems;
}

function checkBodies({ origin }: LogIdentity, events: readonly Event[]): string[] {
  return events.flatMap(({ id, type, body }) => {
    const event = JSON.parse(body.toString('utf8'));
    return event.id === id && event.type === type && event.source === `urn:deponent:${origin}` ? [] : [`event ${id} says something else of itself`];
  });
}

/** Every record's disclosures are there, each with its digest in the event, unless a record says that they were erased; and there are no others. */
async function checkVault(client: pg.ClientBase, { organization, vaultKey }: LogIdentity, events: readonly Event[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string; ciphertext: Buffer }>(
    `select id, ciphertext from items_vault where organization = $1 and kind = 'disclosure'`,
    [organization],
  );
  const vault = new Map(rows.map(({ id, ciphertext }) => [id, ciphertext]));
  const datas = new Map(events.map(({ id, body }) => [id, JSON.parse(body.toString('utf8')).data]));
  const erased = new Set([...datas.values()].filter(({ kind }) => kind === 'record.erased').map(({ about }) => about.recordId));
  const problems = [...vault.keys()].filter((id) => !datas.has(id)).map((id) => `disclosures of ${id}, which is no record`);
  for (const [id, data] of datas) {
    const ciphertext = vault.get(id);
    if (ciphertext === undefined) {
      if (!erased.has(id)) problems.push(`record ${id} lost its disclosures`);
      continue;
    }
    if (erased.has(id)) problems.push(`record ${id} is said to be erased and is not`);
    const digests = digestsOf(vaultKey, id, ciphertext);
    if (JSON.stringify(digests) !== JSON.stringify(Object.entries(data.digests).sort())) problems.push(`disclosures of ${id} do not fit its digests`);
  }
  return problems;
}

function digestsOf(vaultKey: Buffer, id: string, ciphertext: Buffer): [string, string][] | string {
  try {
    const texts: string[] = JSON.parse(decrypt(vaultKey, id, ciphertext).toString('utf8'));
    return texts.map((text): [string, string] => [JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))[1], sha256(text).toString('base64url')]).sort();
  } catch (error) {
    return String(error);
  }
}

function checkLeaves(origin: string, events: readonly Event[], leaves: readonly LeafRow[]) {
  const found: string[] = [];
  const hashes: Buffer[] = [];
  const groups = new Map<string, Group>();
  let next = 0;
  leaves.forEach((row, index) => {
    if (Number(row.index) !== index) found.push(`leaf ${row.index} stands at ${index}`);
    const expected = row.map_leaf === null ? recordLeaf(events[next++], index, groups) : mapLeaf(origin, row.map_leaf, index, groups);
    if (expected === null) found.push(`leaf ${index} has no event`);
    else if (!sha256(Buffer.concat([Buffer.of(0), expected.leaf])).equals(row.leaf_hash)) found.push(`leaf ${index} is not what its event gives`);
    else if (!sameSeal(row, expected.seal)) found.push(`leaf ${index} has another seal`);
    hashes.push(row.leaf_hash);
  });
  return { hashes, groups, found };
}

type ExpectedSeal = { position: string; id: string; group: string; seq: number; prev: Buffer | null };

function recordLeaf(event: Event | undefined, index: number, groups: Map<string, Group>): { leaf: Buffer; seal: ExpectedSeal } | null {
  if (event === undefined) return null;
  const text = event.body.toString('utf8');
  const group: string = JSON.parse(text).correlationid;
  const before = groups.get(group);
  const seq = (before?.count ?? 0) + 1;
  const prev = before === undefined ? 'null' : `"sha256:${before.head.toString('hex')}"`;
  const seal = `{"eventHash":"sha256:${sha256(text).toString('hex')}","groupPrev":${prev},"groupSeq":${seq},"v":1}`;
  const leaf = Buffer.from(`{"event":${text},"seal":${seal}}`);
  const head = sha256(Buffer.concat([Buffer.of(0), leaf]));
  groups.set(group, { count: seq, first: before?.first ?? index, head, last: index });
  return { leaf, seal: { position: event.position, id: event.id, group, seq, prev: before?.head ?? null } };
}

function mapLeaf(origin: string, stored: Buffer, index: number, groups: ReadonlyMap<string, Group>): { leaf: Buffer; seal: null } {
  const { time } = JSON.parse(stored.toString('utf8')).map;
  const root = mapRoot(mapEntries(origin, groups), 0).toString('base64');
  return { leaf: Buffer.from(`{"map":{"root":"${root}","size":${index},"time":"${time}"},"v":1}`), seal: null };
}

function sameSeal(row: LeafRow, seal: ExpectedSeal | null): boolean {
  if (seal === null) return row.position === null && row.record_id === null && row.group_seq === null;
  const group = seal.group.startsWith('call_') ? null : seal.group;
  const samePrev = seal.prev === null ? row.group_prev === null : row.group_prev?.equals(seal.prev) === true;
  return row.position === seal.position && row.record_id === seal.id && row.group_id === group && Number(row.group_seq) === seal.seq && samePrev;
}

const MISSING = Buffer.alloc(32);

/** MTH of RFC 6962, 2.1, over leaves `from` up to `to`; complete subtrees are remembered. */
function rootsOf(hashes: readonly Buffer[]): (from: number, to: number) => Buffer {
  const known = new Map<string, Buffer>();
  const root = (from: number, to: number): Buffer => {
    const count = to - from;
    if (count === 0) return sha256('');
    if (count === 1) return hashes[from] ?? MISSING;
    const at = `${from} ${count}`;
    const before = known.get(at);
    if (before !== undefined) return before;
    const left = 2 ** Math.floor(Math.log2(count - 1));
    const hash = sha256(Buffer.concat([Buffer.of(1), root(from, from + left), root(from + left, to)]));
    if (2 ** Math.floor(Math.log2(count)) === count) known.set(at, hash);
    return hash;
  };
  return root;
}

function checkCheckpoints(
  { origin, logSigner }: LogIdentity,
  leaves: readonly LeafRow[],
  checkpoints: readonly { size: string; note: string }[],
  root: (from: number, to: number) => Buffer,
): string[] {
  const problems: string[] = [];
  const ends = leaves.filter(({ map_leaf }) => map_leaf !== null).map(({ index }) => String(Number(index) + 1));
  if (ends.join() !== checkpoints.map(({ size }) => size).join()) problems.push('checkpoints and map leaves do not go together');
  for (const { size, note } of checkpoints) {
    const text = `${origin}\n${size}\n${root(0, Number(size)).toString('base64')}\n`;
    const [, signature] = new RegExp(`^— ${origin} (\\S+)\n$`).exec(note.slice(text.length + 1)) ?? [];
    if (note.slice(0, text.length + 1) !== `${text}\n`) problems.push(`the checkpoint of size ${size} is not of this tree`);
    else if (!verifies(logSigner.key.publicKey, text, signature)) problems.push(`the checkpoint of size ${size} is not signed`);
  }
  return problems;
}

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

function verifies(publicKey: Buffer, text: string, signature: string | undefined): boolean {
  const key = createPublicKey({ key: Buffer.concat([ED25519_SPKI, publicKey]), format: 'der', type: 'spki' });
  return signature !== undefined && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64').subarray(4));
}

function checkTiles(
  hashes: readonly Buffer[],
  tiles: readonly { level: number; index: string; hashes: Buffer }[],
  edge: readonly Buffer[],
  root: (from: number, to: number) => Buffer,
): string[] {
  const problems: string[] = [];
  const stored = new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile.hashes]));
  for (let level = 0; 256 ** level <= hashes.length; level++) {
    const span = 256 ** level;
    const count = Math.floor(hashes.length / span);
    const nodes = Array.from({ length: count }, (_, at) => root(at * span, (at + 1) * span));
    for (let at = 0; at + 256 <= count; at += 256) {
      const path = `${level}/${at / 256}`;
      if (stored.get(path)?.equals(Buffer.concat(nodes.slice(at, at + 256))) !== true) problems.push(`tile ${path}`);
      stored.delete(path);
    }
    if (!(edge[level] ?? Buffer.alloc(0)).equals(Buffer.concat(nodes.slice(count - (count % 256))))) problems.push(`edge at level ${level}`);
  }
  return [...problems, ...[...stored.keys()].map((path) => `tile ${path} is beyond the tree`)];
}

type MapEntry = { key: Buffer; value: Buffer };

function mapEntries(origin: string, groups: ReadonlyMap<string, Group>): MapEntry[] {
  return [...groups]
    .filter(([group]) => !group.startsWith('call_'))
    .map(([group, { count, first, head, last }]) => ({
      key: sha256(`deponent-group/v1\n${origin}\n${group}`),
      value: sha256(`{"count":${count},"first":${first},"head":"${head.toString('base64')}","last":${last}}`),
    }));
}

/** The binary prefix tree of EVIDENCE, Group map, built from nothing. */
function mapRoot(entries: readonly MapEntry[], bit: number): Buffer {
  const [first, second] = entries;
  if (first === undefined) return Buffer.alloc(32);
  if (second === undefined) return sha256(Buffer.concat([Buffer.of(0x10), first.key, first.value]));
  const isRight = ({ key }: MapEntry) => ((key[bit >> 3]! >> (7 - (bit & 7))) & 1) === 1;
  const [left, right] = [entries.filter((entry) => !isRight(entry)), entries.filter(isRight)];
  return sha256(Buffer.concat([Buffer.of(0x11), mapRoot(left, bit + 1), mapRoot(right, bit + 1)]));
}

function checkGroups(
  origin: string,
  groups: ReadonlyMap<string, Group>,
  rows: readonly { group_id: string; count: string; first: string; last: string; head: Buffer }[],
  storedRoot: Buffer | null,
  pages: readonly { prefix: string; page: Buffer }[],
): string[] {
  const problems: string[] = [];
  const real = new Map([...groups].filter(([group]) => !group.startsWith('call_')));
  for (const row of rows) {
    const group = real.get(row.group_id);
    const same = group?.count === Number(row.count) && group.first === Number(row.first) && group.last === Number(row.last) && group.head.equals(row.head);
    if (!same) problems.push(`group ${row.group_id}`);
  }
  if (rows.length !== real.size) problems.push(`${rows.length} groups are stored, ${real.size} exist`);
  const entries = mapEntries(origin, groups);
  if (storedRoot === null ? entries.length > 0 : !mapRoot(entries, 0).equals(storedRoot)) problems.push('the map root is not that of the groups');
  const stored = new Map(pages.map(({ prefix, page }) => [prefix, page.toString('hex')]));
  for (const [prefix, page] of mapPages(entries)) {
    if (stored.get(prefix) !== page.toString('hex')) problems.push(`map page ${prefix}`);
    stored.delete(prefix);
  }
  return [...problems, ...[...stored.keys()].map((prefix) => `map page ${prefix} is of no group`)];
}

/** Every page as it must be stored, by prefix: sixteen slots a page, and a page below each slot with several groups. */
function mapPages(entries: readonly MapEntry[], prefix = ''): [string, Buffer][] {
  if (entries.length === 0) return [];
  const bits = prefix.length * 4;
  const slots = Array.from({ length: 16 }, (_, slot) => entries.filter(({ key }) => key.toString('hex')[prefix.length] === slot.toString(16)));
  const mask = (wanted: (count: number) => boolean) => slots.reduce((sum, slot, at) => sum + (wanted(slot.length) ? 2 ** at : 0), 0);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(mask((count) => count === 1));
  head.writeUInt16BE(
    mask((count) => count > 1),
    2,
  );
  const parts = slots.flatMap((slot) => (slot.length === 0 ? [] : slot.length === 1 ? [slot[0]!.key, slot[0]!.value] : [mapRoot(slot, bits + 4)]));
  // The inner nodes, a heap from 15 down to 1: node n of depth d has the slots that begin with its bits.
  for (let node = 15; node >= 1; node--) {
    const depth = Math.floor(Math.log2(node));
    const width = 16 / 2 ** depth;
    const first = (node - 2 ** depth) * width;
    const below = slots.slice(first, first + width).flat();
    if (below.length > 1) parts.push(mapRoot(below, bits + depth));
  }
  const deeper = slots.flatMap((slot, at) => (slot.length > 1 ? mapPages(slot, prefix + at.toString(16)) : []));
  return [[prefix, Buffer.concat([head, ...parts])], ...deeper];
}

function expectThat(problems: string[], holds: boolean, otherwise: string): void {
  if (!holds) problems.push(otherwise);
}
