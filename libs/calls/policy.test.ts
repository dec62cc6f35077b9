import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createMemoryEventStore } from '#event-store/memory';
import { FIRST_POLICY, organizationKeys, type Policy, type Principal } from '#identity';
import { jcs, refuse, sha256Hex, uuidv7 } from '#kernel';
import { openDisclosure, openDisclosures } from '#ledger';
import { catalogue, readTool, stream, writeTool } from '#tools';
import { unlimited } from './admission.ts';
import { callTool, type House } from './call-tool.ts';
import { visibleTools } from './requirements.ts';

const stated = { title: 'T', description: 'D', confirmation: 'none' } as const;
const hints = { readOnly: true, destructive: false, idempotent: true, openWorld: false };

const list = readTool({
  ...stated,
  hints,
  name: 'fixture_list_things',
  scope: 'mcp:read',
  input: z.strictObject({ limit: z.int().default(2) }),
  output: z.strictObject({ items: z.array(z.string()) }),
  answer: async (input) => ({ items: Object.keys(input) }),
});

const written = stream({
  domain: 'fixture',
  noun: 'note',
  events: { Written: z.strictObject({}) },
  initial: { notes: 0 },
  evolve: ({ notes }) => ({ notes: notes + 1 }),
});

const write = writeTool({
  ...stated,
  hints: { ...hints, readOnly: false },
  name: 'fixture_write_note',
  scope: 'mcp:write',
  input: z.strictObject({}),
  output: z.strictObject({ notes: z.int() }),
  prepare: async () => ({}),
  on: () => ({ stream: written, id: '1' }),
  decide: () => ({ events: [{ type: 'Written' as const, data: {} }] }),
  preview: () => ({ summary: 'Write a note.', changes: [], text: null }),
  result: (_input, { notes }) => ({ notes }),
});

const tools = catalogue([{ name: 'fixture', tools: [list, write] }]);
const keys = organizationKeys(Buffer.alloc(32, 7));
const ON = { ai: true, mcp: true, readOnly: false };

function house(policy: Partial<Policy>, account: Principal['account'] = ON) {
  const events = createMemoryEventStore({ clock: () => 1_000 });
  const scopes = new Set(['mcp:read', 'mcp:write']);
  const credential = { id: 'key_1', type: 'access_key' } as const;
  const principal: Principal = {
    caller: { organization: 'org_1', user: 'usr_1', credential, client: null, scopes, boundSite: null },
    keyType: 'mcp',
    role: 'owner',
    email: 'ada@example.org',
    account,
    sites: new Map(),
    expiresAt: null,
    policy: { ...FIRST_POLICY, version: 12, ...policy },
    origin: 'deponent/test/log',
    keys,
    authority: 0,
  };
  const of = async () => principal;
  const built: House = {
    catalogue: tools,
    admission: unlimited,
    principals: { of, ofNow: of, forget: () => undefined },
    events,
    openPorts: async () => ({ ports: {}, reliedOn: () => [], forget: () => undefined }),
    publicUrl: 'https://deponent.test',
    clock: () => 2_000,
    random: randomBytes,
    report: (defect) => {
      throw defect;
    },
  };
  return { ...built, events, principal };
}

async function called(at: ReturnType<typeof house>, toolName: string, given: Record<string, unknown> = {}) {
  const recordId = uuidv7(1_500, randomBytes);
  const unsaid = { pack: null, protocol: null, clientName: null, metaCorrelationId: undefined, sessionId: null, malformed: null, traceparent: null };
  const answer = await callTool({ recordId, receivedAt: 1_500, secret: 's', toolName, arguments: given, ...unsaid }, at);
  const events = await at.events.readAll({ after: 0, limit: 1_000 });
  const records = events.filter(({ id }) => id === recordId).map(({ body }) => JSON.parse(body.toString()));
  expect(records).toHaveLength(1);
  const hidden = at.events.vaultRow('org_1', 'disclosure', recordId) ?? Buffer.alloc(0);
  const disclosed = Object.fromEntries(
    openDisclosures(keys.vault, recordId, hidden)
      .map((text) => openDisclosure(text))
      .map(({ name, value }) => [name, value]),
  );
  return { answer, data: records[0].data, disclosed };
}

const seen = (at: ReturnType<typeof house>) => visibleTools(tools, null, at.principal).map(({ name }) => name);

describe('MCP switched off', () => {
  it.each<[string, Partial<Policy>, Principal['account']]>([
    ['MCP by the organisation', { mcp: false }, ON],
    ['AI by the organisation', { ai: false }, ON],
    ['MCP for oneself', { strict: false }, { ...ON, mcp: false }],
    ['AI for oneself', { strict: false }, { ...ON, ai: false }],
  ])('%s: no tool is shown, and every call is refused and recorded', async (_what, policy, account) => {
    const at = house(policy, account);
    expect(seen(at)).toEqual([]);
    for (const tool of ['fixture_list_things', 'fixture_write_note', 'no_such_tool']) {
      const { answer, data } = await called(at, tool);
      expect(answer).toMatchObject({ outcome: 'refused', refusal: { code: 'policy_denied' } });
      expect(data).toMatchObject({ class: 'audit', outcome: 'refused', code: 'policy_denied', policy: { version: 12, hash: FIRST_POLICY.hash } });
    }
  });

  it('for oneself means nothing under a strict policy', async () => {
    const { answer } = await called(house({ strict: true }, { ai: false, mcp: false, readOnly: true }), 'fixture_write_note');
    expect(answer).toMatchObject({ outcome: 'answered' });
  });
});

describe('reading only', () => {
  it.each<[string, Partial<Policy>, Principal['account']]>([
    ['by the organisation', { readOnly: true }, ON],
    ['for oneself', { strict: false }, { ...ON, readOnly: true }],
  ])('%s: a write is not shown, is denied after its arguments were read, and nothing happens', async (_what, policy, account) => {
    const at = house(policy, account);
    expect(seen(at)).toEqual(['fixture_list_things']);
    expect((await called(at, 'fixture_list_things')).answer).toMatchObject({ outcome: 'answered' });
    expect((await called(at, 'fixture_write_note', { x: 1 })).answer).toMatchObject({ refusal: { code: 'invalid_params' } });
    const { answer, data } = await called(at, 'fixture_write_note');
    expect(answer).toMatchObject({ refusal: { code: 'policy_denied' } });
    expect(data.tool.name).toBe('fixture_write_note');
    expect(await at.events.readStream('fixture.note-1')).toEqual([]);
  });
});

describe('tools taken away', () => {
  it.each<[string, Policy['tools'], string[]]>([
    ['read only', { mode: 'read_only', names: [] }, ['fixture_list_things']],
    ['custom', { mode: 'custom', names: ['fixture_write_note'] }, ['fixture_write_note']],
    ['custom, none', { mode: 'custom', names: [] }, []],
    ['none', { mode: 'all', names: [] }, ['fixture_list_things', 'fixture_write_note']],
  ])('%s: what is not offered is answered and recorded as if it did not exist', async (_what, policy, offered) => {
    const at = house({ tools: policy });
    expect(seen(at)).toEqual(offered);
    const nowhere = await called(at, 'no_such_tool');
    for (const tool of ['fixture_list_things', 'fixture_write_note']) {
      const { answer, data } = await called(at, tool);
      if (offered.includes(tool)) expect(answer).toMatchObject({ outcome: 'answered' });
      else {
        expect([answer.outcome, 'refusal' in answer && answer.refusal]).toEqual([
          nowhere.answer.outcome,
          'refusal' in nowhere.answer && nowhere.answer.refusal,
        ]);
        expect(data).toMatchObject({ code: 'unknown_tool', tool: { name: null, definition: null } });
      }
    }
  });
});

describe('a tool raised to governed', () => {
  const raised = { active: true, raised: ['fixture_list_things', 'fixture_write_note'] };

  it('gives evidence of its whole result, takes a correlation id, and says so where it is listed', async () => {
    const at = house({ governance: raised });
    const { answer, data, disclosed } = await called(at, 'fixture_list_things', { correlationId: 'case-42' });
    if (answer.outcome !== 'answered') throw new Error(answer.outcome);
    const { evidence, ...result } = answer.structuredContent;
    expect(evidence).toEqual(answer.reference);
    expect(result).toEqual({ items: ['limit'] });
    expect(data).toMatchObject({ class: 'governed', kind: 'result', content: [], correlation: 'argument' });
    expect(disclosed.io).toMatchObject({ resultSha256: sha256Hex(jcs(result)), argumentsSha256: sha256Hex(jcs({ limit: 2 })) });

    const [entry] = visibleTools(tools, null, at.principal);
    expect(data.tool.definition).toBe(entry?.definition);
    expect(entry?.definition).not.toBe(tools.find('fixture_list_things')?.definition);
    expect(Object.keys(entry?.listing.inputSchema.properties ?? {})).toContain('correlationId');
    expect(Object.keys(entry?.listing.outputSchema.properties ?? {})).toContain('evidence');
  });

  it('writes too, and a refusal of it is no evidence', async () => {
    const at = house({ governance: raised });
    expect((await called(at, 'fixture_write_note', { correlationId: 'case-42' })).data).toMatchObject({ class: 'governed', kind: 'result' });
    expect((await called(at, 'fixture_write_note', { x: 1 })).data).toMatchObject({ class: 'audit', kind: null });
  });

  it('gives null where governance is inactive', async () => {
    const { answer, data } = await called(house({ governance: { ...raised, active: false } }), 'fixture_list_things');
    expect(answer).toMatchObject({ structuredContent: { evidence: null } });
    expect(data).toMatchObject({ class: 'audit', kind: null });
  });
});

describe('a limit that is used up', () => {
  it('refuses before anything is looked at: the first is a record, the rest leave none', async () => {
    const limited = (recorded: boolean) => {
      const refusal = refuse('rate_limited', 'Too many.', { retryAfterSeconds: 7 });
      return { ...house({}), admission: { admit: async () => ({ outcome: 'refused', refusal, recorded }) as const } };
    };
    const first = await called(limited(true), 'fixture_write_note', { x: 1 });
    expect(first.answer).toMatchObject({ outcome: 'refused', refusal: { code: 'rate_limited', retryAfterSeconds: 7 } });
    expect(first.data).toMatchObject({ class: 'audit', code: 'rate_limited', tool: { name: 'fixture_write_note' } });

    const at = limited(false);
    await expect(called(at, 'fixture_write_note')).rejects.toThrow();
    expect(await at.events.head()).toBe(0);
  });

  it('is asked once for a call, however often that is decided', async () => {
    let asked = 0;
    const at = { ...house({}), admission: { admit: async () => ({ outcome: 'admitted', asked: ++asked }) as const } };
    let met = false;
    const append: House['events']['append'] = async (request) => {
      if (met) return at.events.append(request);
      met = true;
      return { outcome: 'stale', counter: 'authority/org_1', actual: 1 };
    };
    expect((await called({ ...at, events: { ...at.events, append } }, 'fixture_list_things')).answer).toMatchObject({ outcome: 'answered' });
    expect(asked).toBe(1);
  });
});
