import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, sampleAnswer, startGoverned } from './reads.ts';
import { printTable } from './table.ts';

/** Issue 3: what authentication, policy and limits may cost a call. */
const MICROSECONDS_ALLOWED = 60;
const LIMIT = { DEPONENT_RATE_LIMIT_CALLS: '1000000000', DEPONENT_RATE_LIMIT_WINDOW_S: '900' };
const SAMPLED_EVERY_MICROSECONDS = 200;

/** Processor time of a call by the part of the house whose function was entered first, everything it calls included. */
const PARTS: readonly (readonly [part: string, files: RegExp])[] = [
  ['policy', /\/libs\/(?:identity\/policy|calls\/(?:policy|requirements))[^/]*\.[jt]s$/],
  ['limits', /\/libs\/calls\/admission[^/]*\.[jt]s$/],
  ['authentication', /\/libs\/identity\/(?!password|administer|streams|view|policy)[^/]*\.[jt]s$/],
];

/** What deciding who may do what costs a governed read, by the profile of a server under 32 connections, with a policy and limits on. */
export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'deponent-bench-'));
  const profiles = join(directory, 'profiles');
  mkdirSync(profiles);
  try {
    const profiling = `--cpu-prof --cpu-prof-dir=${profiles} --cpu-prof-interval=${SAMPLED_EVERY_MICROSECONDS}`;
    const server = await startGoverned(directory, { ...LIMIT, NODE_OPTIONS: profiling });
    const sample = await sampleAnswer(server);
    await savePolicy(server.ready.governance ?? '', sample.governanceKey);
    const { calls } = await measure(server, sample.request, { authorization: `Bearer ${sample.key}` });
    await server.stop();
    print(costs(profileOfServer(profiles)), calls);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Every rule in use, so that none is measured at rest. */
async function savePolicy(url: string, key: string): Promise<void> {
  const tools = ['content_retrieve_file_content', 'content_list_content', 'content_save_file', 'content_help'];
  const response = await fetch(`${url}/api/v1/policies`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      strict: false,
      ai: true,
      mcp: true,
      readOnly: false,
      tools: { mode: 'custom', names: tools },
      governance: { active: true, raised: ['content_list_content'] },
      confirm: { content_save_file: 'human' },
    }),
  });
  if (!response.ok) throw new Error(`the policy was not saved: ${await response.text()}`);
}

/** Chrome DevTools Protocol, Profiler.Profile. */
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly url: string }; readonly children?: readonly number[] }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

/** Of the processes that wrote one, the one that served calls. */
function profileOfServer(directory: string): Profile {
  const profiles = readdirSync(directory).map((file): Profile => JSON.parse(readFileSync(join(directory, file), 'utf8')));
  const served = profiles.find(({ nodes }) => nodes.some(({ callFrame }) => /\/apps\/mcp\/endpoint\.[jt]s$/.test(callFrame.url)));
  if (served === undefined) throw new Error('no process that served calls wrote a profile');
  return served;
}

/** Microseconds by part. */
function costs({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const partOf = new Map<number, string | null>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const walk = nodes[0] === undefined ? [] : [{ node: nodes[0], inherited: null as string | null }];
  for (let next = walk.pop(); next !== undefined; next = walk.pop()) {
    const { node, inherited } = next;
    const part = inherited ?? PARTS.find(([, files]) => files.test(node.callFrame.url))?.[0] ?? null;
    partOf.set(node.id, part);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) walk.push({ node: child, inherited: part });
    }
  }
  const totals = new Map<string, number>(PARTS.map(([part]) => [part, 0]));
  samples.forEach((id, index) => {
    const part = partOf.get(id);
    if (part != null) totals.set(part, (totals.get(part) ?? 0) + (timeDeltas[index] ?? 0));
  });
  return totals;
}

function print(costsByPart: ReadonlyMap<string, number>, calls: number): void {
  const rows = [...costsByPart].map(([part, microseconds]) => ({ part, 'µs/call': microseconds / calls }));
  const total = rows.reduce((sum, row) => sum + row['µs/call'], 0);
  printTable(`Who may do what: processor time of a governed read by --cpu-prof, ${calls.toLocaleString('en-US')} calls (allowed: ${MICROSECONDS_ALLOWED} µs)`, [
    ...rows,
    { part: total <= MICROSECONDS_ALLOWED ? 'together' : 'together, TOO MUCH', 'µs/call': total },
  ]);
}
