import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { catalogue, governedReadTool, readArguments, readTool, stream, writeTool } from './index.ts';

const said = {
  title: 'A thing',
  description: 'Does a thing.',
  scope: 'mcp:read',
  confirmation: 'none' as const,
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ id: z.string().describe('Said.') }),
  output: z.strictObject({ text: z.string().describe('Said.') }),
};
const read = (more = {}) => readTool({ name: 'desk_read', ...said, ...more, answer: async () => ({ text: '' }) });
const governed = governedReadTool({ name: 'desk_look', ...said, answer: async () => ({}), testify: () => null, result: () => ({ text: '' }) });
const write = writeTool({
  name: 'desk_write',
  ...said,
  prepare: async () => ({}),
  on: () => ({ stream: pens, id: '1' }),
  decide: () => ({ events: [] }),
  preview: () => ({ summary: '', changes: [], text: null }),
  result: () => ({ text: '' }),
});

const pens = stream({
  domain: 'desk',
  noun: 'pen',
  events: { PenMoved: z.strictObject({ to: z.int() }) },
  initial: { at: 0 },
  evolve: (_, { data }) => ({ at: data.to }),
});

describe('the catalogue', () => {
  const { entries, find } = catalogue([{ name: 'desk', tools: [read(), governed, write] }]);
  const argumentsOf = (name: string) => Object.keys(find(name)?.listing.inputSchema.properties ?? {});

  it('lists tools as MCP shows them', () => {
    expect(entries[0]?.listing).toEqual({
      name: 'desk_read',
      title: 'A thing',
      description: 'Does a thing.',
      inputSchema: { type: 'object', properties: { id: { type: 'string', description: 'Said.' } }, required: ['id'], additionalProperties: false },
      outputSchema: { type: 'object', properties: { text: { type: 'string', description: 'Said.' } }, required: ['text'], additionalProperties: false },
      annotations: { title: 'A thing', readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    });
  });

  it('gives each kind its arguments: governed reads a correlationId, writes an idempotencyKey and what confirms them', () => {
    expect([argumentsOf('desk_read'), argumentsOf('desk_look'), argumentsOf('desk_write')]).toEqual([
      ['id'],
      ['id', 'correlationId'],
      ['id', 'idempotencyKey', 'confirmationToken', 'confirm'],
    ]);
  });

  it('shows evidence, always present and perhaps null, in the answers of governed tools', () => {
    const { outputSchema } = find('desk_look')?.listing ?? {};
    expect(outputSchema?.required).toEqual(['text', 'evidence']);
    expect(find('desk_look')?.tool.output.shape).not.toHaveProperty('evidence');
  });

  it('gives another definition digest to whatever a client or a policy could tell apart', () => {
    const digest = (more = {}) => catalogue([{ name: 'desk', tools: [read(more)] }]).entries[0]?.definition;
    const changed = [
      { title: 'Another' },
      { description: 'Another.' },
      { scope: 'mcp:write' },
      { confirmation: 'human' },
      { hints: { ...said.hints, openWorld: true } },
      { input: z.strictObject({ id: z.string().describe('Said otherwise.') }) },
      { output: z.strictObject({ text: z.string().max(5).describe('Said.') }) },
    ].map(digest);
    expect(digest()).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digest()).toBe(digest({}));
    expect(new Set([digest(), ...changed]).size).toBe(changed.length + 1);
  });

  it('does not take two tools of one name', () => {
    expect(() => catalogue([{ name: 'desk', tools: [read(), read()] }])).toThrow('two tools are called desk_read');
  });
});

describe('arguments', () => {
  const schema = z.strictObject({
    id: z.string().max(3),
    code: z.string().regex(/^\d+$/, 'must be digits').optional(),
    page: z.int().min(1).max(9).default(1),
    kind: z.enum(['file', 'folder']).optional(),
    tags: z.array(z.string()).min(1).max(2).optional(),
    lines: z.strictObject({ start: z.number(), whole: z.boolean().optional() }).optional(),
  });

  it('are read with their defaults; an empty string counts as absent', () => {
    expect(readArguments(schema, { id: 'a', code: '', kind: '' })).toEqual({ id: 'a', page: 1 });
  });

  it.each([
    [{}, 'id', 'id is required.'],
    [{ id: '' }, 'id', 'id is required.'],
    [{ id: 7 }, 'id', 'id must be a string.'],
    [{ id: null }, 'id', 'id must be a string.'],
    [{ id: 'abcd' }, 'id', 'id must be at most 3 characters long.'],
    [{ id: 'a', code: 'x' }, 'code', 'code must be digits.'],
    [{ id: 'a', page: 0 }, 'page', 'page must be at least 1.'],
    [{ id: 'a', page: 1.5 }, 'page', 'page must be a whole number.'],
    [{ id: 'a', page: '1' }, 'page', 'page must be a number.'],
    [{ id: 'a', kind: 'site' }, 'kind', 'kind must be file or folder.'],
    [{ id: 'a', tags: [] }, 'tags', 'tags must have at least 1 entries.'],
    [{ id: 'a', tags: 'x' }, 'tags', 'tags must be a list.'],
    [{ id: 'a', tags: ['x', 1] }, 'tags.1', 'tags.1 must be a string.'],
    [{ id: 'a', lines: {} }, 'lines.start', 'lines.start is required.'],
    [{ id: 'a', lines: { start: 1, whole: 'yes' } }, 'lines.whole', 'lines.whole must be true or false.'],
    [{ id: 'a', lines: { start: 1, end: 2 } }, 'lines.end', 'There is no argument lines.end.'],
    [{ id: 'a', site: 1 }, 'site', 'There is no argument site.'],
  ])('that do not fit are named, in our words: %j', (given, path, message) => {
    expect(readArguments(schema, given)).toEqual({ refused: true, code: 'invalid_params', message, issues: [{ path, message }] });
  });

  it('are all listed at once, up to a limit, and what a client sent is repeated only so far', () => {
    expect(readArguments(schema, { page: 0, x: 1 })).toMatchObject({ message: 'id is required. page must be at least 1. There is no argument x.' });
    const many = readArguments(schema, { id: 'a', ...Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${'x'.repeat(900)}${index}`, 1])) });
    expect(many).toHaveProperty('issues.length', 50);
    expect(JSON.stringify(many).length).toBeLessThan(15_000);
  });

  it('cannot smuggle a prototype', () => {
    expect(readArguments(schema, JSON.parse('{"id":"a","__proto__":{"page":3}}'))).toMatchObject({ code: 'invalid_params' });
  });
});

describe('a stream', () => {
  it('stores events under its names and reads them back', () => {
    const stored = pens.encode({ type: 'PenMoved', data: { to: 3 } });
    expect([pens.nameOf('1'), stored.type, stored.version, stored.body.toString()]).toEqual(['desk.pen-1', 'desk.PenMoved', 1, '{"to":3}']);
    expect(pens.parse(stored.type, JSON.parse(stored.body.toString()))).toEqual({ type: 'PenMoved', data: { to: 3 } });
  });

  it('stores nothing that was not declared', () => {
    const withName = { to: 3, name: 'Ann' };
    expect(() => pens.encode({ type: 'PenMoved', data: withName })).toThrow('name');
  });

  it.each([
    ['desk.PenLost', { to: 3 }],
    ['office.PenMoved', { to: 3 }],
    ['PenMoved', { to: 3 }],
    ['desk.toString', { to: 3 }],
    ['desk.PenMoved', { to: 'there' }],
    ['desk.PenMoved', {}],
  ])('does not read %s %j', (type, data) => {
    expect(() => pens.parse(type, data)).toThrow();
  });
});
