import { sha256, sha256Hex, sha256Uri, timestamp, uuidv7 } from '#kernel';
import {
  applyProfile,
  type BundleInput,
  type BundleRecord,
  buildBundle,
  type CallData,
  type CallRecordEvent,
  CONTROL_GROUP,
  type ContentItem,
  type ControlAbout,
  type ControlData,
  type ControlKind,
  changedKeys,
  consistencyProof,
  type DisclosureName,
  type DisclosureValue,
  disclose,
  type ExportScope,
  emptyEdge,
  eventSource,
  formatVkey,
  type GroupState,
  groupId,
  groupKey,
  groupOfOne,
  hasProofFiles,
  inclusionProof,
  type MapPage,
  mapProof,
  nodeInTile,
  noteSigner,
  type Profile,
  parseLeaf,
  type RecordEvent,
  scopeHash,
  sealBatch,
  signCheckpoint,
  type TreeEdge,
  tileOf,
  tilePath,
  tilesFor,
  type Unsealed,
  writeEvent,
} from '#ledger';

/** A log in memory with a few groups, and bundles of it: for whoever tests ledger, export or verifier. Deterministic. */

export const ORIGIN = 'deponent/test/l0g';
export const logSigner = noteSigner(ORIGIN, Buffer.alloc(32, 1));
export const exportSigner = noteSigner(`${ORIGIN}/export`, Buffer.alloc(32, 2));
export const TRUST = {
  v: 1,
  log: [{ vkey: formatVkey(logSigner.key), until: null }],
  export: [{ vkey: formatVkey(exportSigner.key), until: null }],
  witnesses: [],
  quorum: 0,
  tsa: [],
};

const CORRELATION_KEY = Buffer.alloc(32, 3);
const START = Date.parse('2026-11-20T10:00:00.000Z');

export type MemoryLog = ReturnType<typeof memoryLog>;

/** What a record says, its text for the log and the disclosures for the vault. */
export type FixtureRecord = { readonly event: RecordEvent; readonly eventText: string; readonly groupId: string; readonly disclosures: string[] };

/** Grows by `seal`; keeps everything, and answers what a sealer's tables would. */
export function memoryLog() {
  let edge: TreeEdge = emptyEdge;
  let made = 0;
  const pages = new Map<string, MapPage>();
  const groups = new Map<string, GroupState>();
  const tiles = new Map<string, Buffer>();
  const leaves: Buffer[] = [];
  const disclosures = new Map<string, string[]>();
  const erased = new Map<string, number>();
  const checkpoints: string[] = [];
  const deterministic = (length: number) => sha256(`random ${made++}`).subarray(0, length);

  function seal(records: readonly FixtureRecord[]) {
    const time = timestamp(START + leaves.length * 1_000);
    const batch: Unsealed[] = records.map(({ eventText, groupId: group }) => ({ eventText, groupId: group }));
    const sealed = sealBatch({ origin: ORIGIN, edge, records: batch, groups, pages, time });
    for (const [id, state] of sealed.groups) groups.set(id, state);
    for (const [prefix, page] of sealed.changedPages) pages.set(prefix, page);
    for (const tile of sealed.completeTiles) tiles.set(tilePath({ ...tile, width: 256 }), tile.hashes);
    leaves.push(...sealed.records.map(({ leaf }) => leaf), sealed.mapLeaf.leaf);
    records.forEach((record, at) => {
      disclosures.set(record.event.id, record.disclosures);
      if (record.event.data.kind === 'record.erased') erased.set(record.event.data.about.recordId, sealed.records[at]!.index);
    });
    edge = sealed.edge;
    checkpoints.push(signCheckpoint({ origin: ORIGIN, size: edge.size, root: sealed.root }, [logSigner]));
    return sealed;
  }

  function tileBytes(path: string): Buffer {
    const full = tiles.get(path);
    if (full !== undefined) return full;
    return edge.tiles[Number(path.split('/')[1])] ?? Buffer.alloc(0);
  }

  const readNode = (level: number, index: number) => nodeInTile(tileBytes(tilePath(tileOf({ level, index }, edge.size))), { level, index });

  return {
    seal,
    leaves,
    checkpoints,
    groups,
    disclosures,
    erased,
    readNode,
    tileBytes,
    deterministic,
    size: () => edge.size,
    keys: (records: readonly Unsealed[]) => changedKeys(ORIGIN, records),
    mapProofOf: (id: string) => mapProof(pages, groupKey(ORIGIN, id)),
  };
}

type CallOptions = {
  readonly external?: string | null;
  readonly user?: string;
  readonly data?: Partial<CallData>;
  readonly disclosed?: { readonly [Name in DisclosureName]?: DisclosureValue<Name> };
};

/** A governed read of lines 120-180 unless told otherwise. */
export function callRecord(log: MemoryLog, { external = null, user = 'usr_ada', data = {}, disclosed = {} }: CallOptions = {}): FixtureRecord {
  const { id, time } = identity(log);
  const group = external === null ? groupOfOne(id) : groupId(CORRELATION_KEY, user, external);
  const content = data.content ?? [delivery('con_leave', 2, 120, 180)];
  const values = new Map<string, unknown>([
    ...content.map((item, at): [string, unknown] => [`content.${at}`, contentHashes(item)]),
    ['io', { argumentsSha256: sha256Hex('arguments'), requestedTool: null, resultSha256: sha256Hex('result') }],
    ['names', content.map((item) => `Policies/${item.contentId}.md`)],
    ['people', { client: 'Agent One', email: 'ada@example.com' }],
    ...(external === null ? [] : [['external', external] as [string, unknown]]),
    ...Object.entries(disclosed),
  ]);
  const salted = Array.from(values, ([name, value]) => ({ name, ...disclose(name as DisclosureName, value as never, log.deterministic(16)) }));
  const event: CallRecordEvent = {
    authid: 'key_1',
    authtype: 'api_key',
    correlationid: group,
    data: {
      actor: user,
      citations: [],
      class: 'governed',
      client: 'cli_1',
      code: null,
      content,
      correlation: external === null ? 'none' : 'argument',
      digests: Object.fromEntries(salted.map(({ name, digest }) => [name, digest])),
      kind: 'line_range',
      model: null,
      outcome: 'answered',
      policy: { hash: sha256Uri('policy'), version: 12 },
      tool: { definition: sha256Uri('tool'), name: 'content_retrieve_file_content', protocol: '2026-07-28' },
      ...data,
    },
    id,
    recordedtime: time,
    source: eventSource(ORIGIN),
    specversion: '1.0',
    time,
    traceparent: null,
    type: `deponent.call.${data.outcome ?? 'answered'}.v1`,
  };
  return { event, eventText: writeEvent(event), groupId: group, disclosures: salted.map(({ text }) => text) };
}

export function refusedRecord(log: MemoryLog, options: CallOptions = {}): FixtureRecord {
  const data = { class: 'audit', code: 'permission_denied', content: [], kind: null, outcome: 'refused' } as const;
  return callRecord(log, { ...options, data: { ...data, ...options.data } });
}

/** Cites lines 130-131 of `cited`'s first item and its own delivery of lines 1-20. */
export function answerRecord(log: MemoryLog, cited: FixtureRecord, options: CallOptions = {}): FixtureRecord {
  const content = [delivery('con_pay', 0, 1, 20)];
  const record = callRecord(log, options);
  const citations = [
    { contentId: 'con_leave', item: 0, lineEnd: 131, lineStart: 130, marker: 1, recordId: cited.event.id, version: 2 },
    { contentId: 'con_pay', item: 0, lineEnd: 20, lineStart: 3, marker: 2, recordId: record.event.id, version: 0 },
  ];
  const answer = {
    grounding: { dropped: 0, sentences: 2, sources: 2, supported: 2 },
    quotes: [sha256Hex('a'), sha256Hex('b')],
    text: '=You may; "yes" [1] [2]',
    webSearch: 'off',
  };
  const model = { name: 'extractive', provider: 'deponent', responseId: null, tokensIn: null, tokensOut: null, version: '1' };
  const rebuilt = callRecord(log, {
    ...options,
    data: { citations, content, kind: 'cited_answer', model, ...options.data },
    disclosed: { question: 'May I carry leave over?', answer, ...options.disclosed },
  });
  const id = record.event.id;
  // The answer cites itself, so it takes the id that was made for it first.
  const event = { ...rebuilt.event, id };
  return { ...rebuilt, event, eventText: writeEvent(event) };
}

export function controlRecord<K extends ControlKind>(log: MemoryLog, kind: K, about: ControlAbout[K], group: string = CONTROL_GROUP): FixtureRecord {
  const { id, time } = identity(log);
  const reason = disclose('reason', 'audit 2026', log.deterministic(16));
  const data = { about, actor: 'usr_admin', class: 'control', digests: { reason: reason.digest }, kind } as ControlData;
  const event: RecordEvent = {
    authid: 'usr_admin',
    authtype: 'app_user',
    correlationid: group,
    data,
    id,
    recordedtime: time,
    source: eventSource(ORIGIN),
    specversion: '1.0',
    time,
    traceparent: null,
    type: `deponent.${kind}.v1`,
  };
  return { event, eventText: writeEvent(event), groupId: group, disclosures: [reason.text] };
}

export function delivery(contentId: string, version: number, start: number, end: number): ContentItem {
  return {
    contentId,
    length: { bytes: 5312, codePoints: 5210, lines: end - start + 1 },
    range: { end, start, total: 990, unit: 'line' },
    truncated: false,
    version,
  };
}

/** A cited answer after reads and a refusal (group A), an erased record (group B), groups of one, one of them erased, control records. */
export function sampleLog() {
  const log = memoryLog();
  const a = { external: 'case-42' };
  const b = { external: 'case-43' };
  const read = callRecord(log, a);
  const toErase = callRecord(log, b);
  const alone = callRecord(log);
  log.seal([read, refusedRecord(log, a), toErase, alone, controlRecord(log, 'hold.placed', { holdId: 'hld_1' })]);
  const aloneErased = callRecord(log, { user: 'usr_bob' });
  log.seal([aloneErased, answerRecord(log, read, a), callRecord(log, b)]);
  for (const [record, group] of [
    [toErase, toErase.groupId],
    [aloneErased, CONTROL_GROUP],
  ] as const) {
    const about = { basis: 'gdpr_17', leafHash: leafHashOf(log, record), recordId: record.event.id };
    log.seal([controlRecord(log, 'record.erased', about, group)]);
  }
  log.seal([callRecord(log, a), callRecord(log, { ...a, user: 'usr_bob' })]);
  return { log, groupA: read.groupId, groupB: toErase.groupId, groupOfOne: alone.groupId, erasedGroupOfOne: aloneErased.groupId };
}

export type ExportOptions = {
  readonly scope: ExportScope;
  readonly profile?: Profile;
  /** Sizes of earlier checkpoints to be joined to this one. */
  readonly from?: readonly number[];
  /** Changes the description before the bundle is built: what a sender with the export key could do. */
  readonly change?: (input: BundleInput) => BundleInput;
};

/** Seals the `export.created` record, then exports. */
export function exportBundle(log: MemoryLog, options: ExportOptions): Buffer {
  const { scope, profile = 'full' } = options;
  const exportId = `exp_${log.size()}`;
  log.seal([controlRecord(log, 'export.created', { exportId, profile, scope: scopeHash(scope) })]);
  const input = describeExport(log, exportId, options);
  return buildBundle(options.change?.(input) ?? input, exportSigner);
}

function describeExport(log: MemoryLog, exportId: string, { scope, profile = 'full', from = [] }: ExportOptions): BundleInput {
  const size = log.size();
  const indices = new Set(indicesOf(log, scope));
  const ids = new Set([...indices].map((index) => recordAt(log, index)?.id));
  for (let index = 0; index < size; index++) {
    const data = recordAt(log, index)?.data;
    if (data?.kind === 'export.created' && data.about.exportId === exportId) indices.add(index);
    if (data?.kind === 'record.erased' && ids.has(data.about.recordId)) indices.add(index);
  }
  const records = [...indices].sort((x, y) => x - y).map((index) => bundleRecord(log, index, profile));
  const proven = [...new Set([...indices, size - 1])];
  return {
    checkpoint: log.checkpoints.at(-1)!,
    timestamp: null,
    mapLeaf: log.leaves[size - 1]!,
    groups:
      scope.type === 'groups'
        ? scope.groups.filter((id) => id.startsWith('cor_')).map((id) => ({ groupId: id, ...log.groups.get(id)!, mapProof: log.mapProofOf(id)!.proof }))
        : [],
    records,
    proofs: hasProofFiles(records.length)
      ? { form: 'proofs', proofs: new Map(proven.map((index) => [index, inclusionProof(index, size, log.readNode)])) }
      : { form: 'tiles', tiles: new Map(tilesFor(proven, size).map((tile) => [tilePath(tile), log.tileBytes(tilePath(tile))])) },
    consistency: from.map((older) => ({ from: older, root: rootAt(log, older), proof: consistencyProof(older, size, log.readNode) })),
    createdAt: '2026-11-20T11:00:00.000Z',
    exportId,
    profile,
    reason: 'audit 2026',
    requestedBy: 'usr_admin',
    scope,
    software: { name: 'deponent', version: '0.1.0' },
  };
}

function bundleRecord(log: MemoryLog, index: number, profile: Profile): BundleRecord {
  const leaf = log.leaves[index]!;
  const event = recordAt(log, index);
  const erased = (event && log.erased.get(event.id)) ?? null;
  const nothing = { disclosures: [], withheld: [] };
  const shown = event === null || erased !== null ? nothing : applyProfile(profile, log.disclosures.get(event.id) ?? [], 'not needed');
  return { index, leaf, erased, ...shown };
}

function indicesOf(log: MemoryLog, scope: ExportScope): number[] {
  const all = Array.from({ length: log.size() }, (_, index) => index);
  if (scope.type === 'range') return all.filter((index) => index >= scope.first && index <= scope.last);
  if (scope.type === 'groups') return all.filter((index) => scope.groups.includes(recordAt(log, index)?.correlationid ?? ''));
  return all.filter((index) => recordAt(log, index)?.data.kind === scope.query);
}

const eventOfLeaf = new WeakMap<Buffer, RecordEvent | null>();

function recordAt(log: MemoryLog, index: number): RecordEvent | null {
  const leaf = log.leaves[index]!;
  const known = eventOfLeaf.get(leaf);
  if (known !== undefined) return known;
  const event = leaf.subarray(0, 7).toString() === '{"map":' ? null : parseLeaf(leaf).event;
  eventOfLeaf.set(leaf, event);
  return event;
}

export function leafHashOf(log: MemoryLog, record: FixtureRecord): string {
  const leaf = log.leaves.find((one) => one.includes(record.eventText))!;
  return sha256(Buffer.concat([Buffer.of(0), leaf])).toString('base64');
}

function rootAt(log: MemoryLog, size: number): Buffer {
  const note = log.checkpoints.find((one) => one.split('\n')[1] === String(size))!;
  return Buffer.from(note.split('\n')[2]!, 'base64');
}

function identity(log: MemoryLog) {
  const now = START + log.size() * 1_000;
  return { id: uuidv7(now, log.deterministic), time: timestamp(now) };
}

function contentHashes(item: ContentItem) {
  const of = (what: string) => sha256Hex(`${what} ${item.contentId}@${item.version}`);
  return { renditionSha256: of('rendition'), sourceSha256: of('source'), textSha256: of('text') };
}
