import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { content } from '#packs/content';
import { type AnyTool, catalogue, governedReadTool, type Pack, readTool, writeTool } from '#tools';
import { readTools, snapshotOf } from '../check/generate-catalogue.ts';
import { LAWS, type Subject } from './laws.ts';

const PACKS: readonly Pack[] = [content];

const READS = { readOnly: true, destructive: false, idempotent: true, openWorld: false };
const WRITES = { ...READS, readOnly: false };
const TEST = 'specification(tool).given().when().then().thenPreviews().thenRefuses().thenDelivers()';

const onDisk = await readTools();
const subjects = onDisk.flatMap(({ name: pack, tools }) =>
  tools.map(({ file, entry }): Subject => ({ pack, file, entry, test: testBeside(`libs/packs/${pack}/${file}`) })),
);

describe('the catalogue keeps the law that', () => {
  it.each(LAWS.map((law) => [law.name, law] as const))('%s', (_, law) => {
    expect(subjects.length).toBeGreaterThan(0);
    expect(law.check(subjects)).toEqual([]);
  });

  it.each(onDisk.map((pack) => [pack.name, pack] as const))('what pack %s offers is what its snapshot says', (name, pack) => {
    expect(readFileSync(`libs/packs/${name}/catalogue.snap.json`, 'utf8')).toBe(snapshotOf(pack));
  });

  it('what is built is what lies on disk, under names that differ', () => {
    expect(catalogue(PACKS).entries.map(({ name }) => name)).toEqual(subjects.map(({ entry }) => entry.name));
    expect(() => catalogue([content, content])).toThrow('two tools are called');
  });
});

describe('the law that', () => {
  it.each(Object.entries(lawless()))('%s has teeth', (name, breaches) => {
    const law = LAWS.find((each) => each.name === name);
    for (const breach of breaches) expect([name, law?.check(breach).length]).toEqual([name, 1]);
  });

  it('… each is tried', () => expect(Object.keys(lawless())).toEqual(LAWS.map(({ name }) => name)));

  it('… each is kept by a tool that has nothing special', () => {
    for (const law of LAWS) expect(law.check([read(), write(), governed()])).toEqual([]);
  });
});

/** For each law, catalogues that break it once. */
function lawless(): Record<string, readonly (readonly Subject[])[]> {
  const described = z.string().describe('Said.');
  return {
    'names are unique': [[read(), read()]],
    'the wire name is the pack and the file name': [
      [read({ name: 'content_list_things' })],
      [{ ...read(), pack: 'msp' }],
      [{ ...read(), file: 'list-things.tool.ts' }],
    ],
    'names are snake_case, short, without dots': [
      [read({ name: 'content.list_thing' })],
      [read({ name: 'Content_list' })],
      [read({ name: `content_${'a'.repeat(33)}` })],
    ],
    'the scope is known': [[read({ scope: 'content:read' })]],
    'titles and descriptions say something, briefly': [[read({ title: ' ' })], [read({ description: '' })], [read({ description: 'x'.repeat(1_001) })]],
    'every field is described, briefly': [
      [read({ input: z.strictObject({ a: z.string() }) })],
      [
        read({
          output: z.strictObject({
            list: z
              .array(z.strictObject({ a: z.string() }))
              .nullable()
              .describe('Said.'),
          }),
        }),
      ],
      [read({ input: z.strictObject({ a: z.string().describe('x'.repeat(241)) }) })],
    ],
    'schemas are closed objects': [
      [read({ input: z.looseObject({ a: described }) })],
      [read({ output: z.strictObject({ list: z.array(z.looseObject({ a: described })).describe('Said.') }) })],
    ],
    'schemas hold nothing that clients choke on': [[withSchema({ anyOf: [] })], [withSchema({ properties: { a: { $ref: '#/a', description: 'Said.' } } })]],
    'hints and scope fit the kind': [
      [read({ hints: { ...READS, readOnly: false } })],
      [read({ hints: { ...READS, destructive: true } })],
      [read({ scope: 'mcp:write' })],
      [write({ scope: 'mcp:read' })],
    ],
    'content is never deleted, renamed or moved': [[read({ name: 'content_move_file' })], [write({ hints: { ...WRITES, destructive: true } })]],
    'evidence is added by the pipeline alone, to governed tools alone': [
      [governed({ output: z.strictObject({ evidence: described }) })],
      [{ ...governed(), entry: { ...governed().entry, class: 'audit' } as never }],
    ],
    'what turns pages takes cursor and limit': [[read({ output: z.strictObject({ nextCursor: described }), input: z.strictObject({ limit: described }) })]],
    'a specification lies beside the tool': [
      [{ ...read(), test: null }],
      [{ ...read(), test: 'expect(tool).thenRefuses(' }],
      [{ ...write(), test: 'specification(tool) .thenPreviews( .thenRefuses(' }],
      [{ ...write(), test: 'specification(tool) .then( .thenPreviews(' }],
      [{ ...write(), test: 'specification(tool) .then( .thenRefuses(' }],
      [{ ...governed(), test: 'specification(tool) .thenAnswers( .thenRefuses(' }],
    ],
  };
}

type Said = Partial<AnyTool['tool']>;

/** Tools that say the least a tool can say, and whatever a law is to be tried with. */
function stated(name: string, said: Said) {
  const nothing = z.strictObject({});
  return {
    name,
    title: 'A thing',
    description: 'Does a thing.',
    scope: 'mcp:read',
    confirmation: 'none' as const,
    hints: READS,
    input: nothing,
    output: nothing,
    ...said,
  };
}

function subject(file: string, tool: AnyTool): Subject {
  const [entry] = catalogue([{ name: 'content', tools: [tool] }]).entries;
  if (entry === undefined) throw new Error('no entry');
  return { pack: 'content', file, entry, test: TEST };
}

function read(said: Said = {}): Subject {
  return subject('list-thing.tool.ts', readTool({ ...stated('content_list_thing', said), answer: async () => ({}) }));
}

function governed(said: Said = {}): Subject {
  return subject(
    'read-thing.tool.ts',
    governedReadTool({ ...stated('content_read_thing', said), answer: async () => ({}), testify: () => null, result: () => ({}) }),
  );
}

function write(said: Said = {}): Subject {
  const tool = { ...stated('content_save_thing', { hints: WRITES, scope: 'mcp:write', ...said }) };
  return subject(
    'save-thing.tool.ts',
    writeTool({
      ...tool,
      prepare: async () => ({}),
      on: () => ({ stream: undefined as never, id: '' }),
      decide: () => ({ events: [] }),
      preview: () => ({ summary: '', changes: [], text: null }),
      result: () => ({}),
    }),
  );
}

/** As a library that writes JSON Schema might one day. */
function withSchema(keywords: Record<string, unknown>): Subject {
  const tool = read();
  const inputSchema = { ...tool.entry.listing.inputSchema, ...keywords };
  return { ...tool, entry: { ...tool.entry, listing: { ...tool.entry.listing, inputSchema } } };
}

function testBeside(path: string): string | null {
  const test = path.replace(/\.ts$/, '.test.ts');
  return existsSync(test) ? readFileSync(test, 'utf8') : null;
}
