import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { StoreUnavailable } from '#event-store';
import { createMemoryEventStore } from '#event-store/memory';
import { authorityCounter, FIRST_POLICY, organizationKeys, type Principal } from '#identity';
import { isRefusal, refuse, sha256Hex, sha256Uri, uuidv7 } from '#kernel';
import { groupOfOne, openDisclosure, openDisclosures, writeLeaf } from '#ledger';
import { catalogue, governedReadTool, nothingDelivered, readTool, stream, writeTool } from '#tools';
import { unlimited } from './admission.ts';
import type { Call } from './call.ts';
import { callTool, type House, type OpenPorts } from './call-tool.ts';

// A pack of three tools over ports of one function, enough to see every way a call can end.

const hints = { readOnly: true, destructive: false, idempotent: true, openWorld: false } as const;
const stated = { title: 'T', description: 'D', confirmation: 'none', hints } as const;
type Ports = { text(id: string): Promise<string | null> };

const list = readTool({
  ...stated,
  name: 'fixture_list_things',
  scope: 'mcp:read',
  input: z.strictObject({ limit: z.int().min(1).max(200).default(50) }),
  output: z.strictObject({ items: z.array(z.string()) }),
  answer: async ({ limit }, _ports: Ports) => ({ items: ['a', 'b'].slice(0, limit) }),
});

const read = governedReadTool({
  ...stated,
  name: 'fixture_read_thing',
  scope: 'mcp:read',
  input: z.strictObject({ id: z.string() }),
  output: z.strictObject({ text: z.string() }),
  async answer({ id }, ports: Ports) {
    const text = await ports.text(id);
    return text === null ? refuse('not_found', 'There is no such thing.') : { id, text };
  },
  testify: (_input, { id, text }) =>
    text === ''
      ? nothingDelivered
      : {
          kind: 'file_text',
          deliveries: [
            {
              contentId: id,
              version: 0,
              path: 'secret name.txt',
              range: { unit: 'line', start: 1, end: 1, total: 1 },
              length: { bytes: Buffer.byteLength(text), codePoints: [...text].length, lines: 1 },
              truncated: false,
              digests: { textSha256: sha256Hex(text), renditionSha256: sha256Hex(text), sourceSha256: sha256Hex(text) },
            },
          ],
        },
  result: (_input, { text }) => ({ text }),
});

const counted = stream({
  domain: 'fixture',
  noun: 'counter',
  events: { Counted: z.strictObject({ by: z.int() }) },
  initial: { total: 0 },
  evolve: ({ total }, { data }) => ({ total: total + data.by }),
});

const count = writeTool({
  ...stated,
  hints: { ...hints, readOnly: false },
  name: 'fixture_count_up',
  scope: 'mcp:write',
  input: z.strictObject({ by: z.int() }),
  output: z.strictObject({ total: z.int() }),
  prepare: async (_input, _ports: Ports) => ({}),
  on: () => ({ stream: counted, id: '1' }),
  decide: ({ by }) => (by < 0 ? refuse('conflict', 'Only upwards.') : { events: [{ type: 'Counted' as const, data: { by } }] }),
  preview: ({ by }, { total }) => ({ summary: 'Count up.', changes: [{ field: 'total', from: total, to: total + by }], text: null }),
  result: (_input, { total }) => ({ total }),
});

function opened(ports: Ports, relied: readonly { stream: string; revision: number }[] = [], forget = () => {}): OpenPorts {
  return { ports, reliedOn: () => relied, forget };
}

const ORGANIZATION = 'org_test';
const keys = organizationKeys(Buffer.alloc(32, 7));

function house(overrides: Partial<House> = {}, scopes = ['mcp:read', 'mcp:write']) {
  const events = createMemoryEventStore({ clock: () => 1_000 });
  const defects: unknown[] = [];
  const state = { authority: 0, alive: true, asked: 0 };
  const principal = (): Principal => ({
    caller: {
      organization: ORGANIZATION,
      user: 'usr_1',
      credential: { id: 'key_1', type: 'access_key' },
      client: null,
      scopes: new Set(scopes),
      boundSite: null,
    },
    keyType: 'mcp',
    role: 'owner',
    email: 'ada@example.org',
    account: { ai: true, mcp: true, readOnly: false },
    sites: new Map(),
    expiresAt: null,
    policy: FIRST_POLICY,
    origin: 'deponent/test/log',
    keys,
    authority: state.authority,
  });
  const built: House = {
    catalogue: catalogue([{ name: 'fixture', tools: [list, read, count] }]),
    admission: unlimited,
    principals: {
      of: async () => {
        state.asked++;
        return state.alive ? principal() : null;
      },
      ofNow: async () => principal(),
      forget: () => undefined,
    },
    events,
    openPorts: async () => opened({ text: async (id) => ({ thing: 'all of it', nothing: '' })[id] ?? null }),
    publicUrl: 'https://deponent.test',
    clock: () => 2_000,
    random: randomBytes,
    report: (defect) => defects.push(defect),
    ...overrides,
  };
  return { ...built, events, defects, state };
}

function call(toolName: string, given: Record<string, unknown> = {}, overrides: Partial<Call> = {}): Call {
  return {
    recordId: uuidv7(1_500, randomBytes),
    receivedAt: 1_500,
    secret: 'the bearer secret',
    pack: null,
    toolName,
    arguments: given,
    protocol: '2026-07-28',
    clientName: 'fixture client',
    metaCorrelationId: undefined,
    sessionId: null,
    malformed: null,
    traceparent: null,
    ...overrides,
  };
}

function changeOfAuthority() {
  const event = { id: uuidv7(1_000, randomBytes), type: 'fixture.Changed', version: 1, body: Buffer.from('{}') };
  return {
    organization: ORGANIZATION,
    streams: [{ stream: `fixture.change-${event.id}`, expected: 0, events: [event] }],
    bump: [authorityCounter(ORGANIZATION)],
  };
}

async function records(events: House['events']) {
  const all = await events.readAll({ after: 0, limit: 1_000 });
  return all.filter(({ type }) => type.startsWith('deponent.call.')).map((event) => ({ type: event.type, id: event.id, ...JSON.parse(event.body.toString()) }));
}

describe('every authenticated call leaves exactly one record', () => {
  it('answered: the record is committed before the answer is returned, and the answer refers to it', async () => {
    const at = house();
    const answer = await callTool(call('fixture_list_things', { limit: 1 }), at);
    const [record, ...others] = await records(at.events);
    expect(others).toEqual([]);
    expect(answer).toMatchObject({
      outcome: 'answered',
      structuredContent: { items: ['a'] },
      reference: { recordId: record.id, correlationId: groupOfOne(record.id) },
    });
    expect(record).toMatchObject({
      type: 'deponent.call.answered.v1',
      source: 'urn:deponent:deponent/test/log',
      time: '1970-01-01T00:00:01.500Z',
      authtype: 'api_key',
      authid: 'key_1',
    });
    expect(record.data).toMatchObject({
      class: 'audit',
      kind: null,
      outcome: 'answered',
      code: null,
      actor: 'usr_1',
      tool: { name: 'fixture_list_things', protocol: '2026-07-28' },
    });
  });

  it.each([
    ['an unknown tool', call('fixture_destroy_all'), 'unknown_tool'],
    ['wrong arguments', call('fixture_list_things', { limit: 0, extra: 1 }), 'invalid_params'],
    ['what is not there', call('fixture_read_thing', { id: 'elsewhere' }), 'not_found'],
    ['a decision against it', call('fixture_count_up', { by: -1 }), 'conflict'],
    ['a tool of another pack', call('fixture_list_things', {}, { pack: 'content' }), 'unknown_tool'],
    ['a malformed session id', call('fixture_list_things', {}, { sessionId: 'a b' }), 'invalid_params'],
    ["somebody else's group", call('fixture_list_things', {}, { metaCorrelationId: `cor_${'a'.repeat(39)}` }), 'not_found'],
  ])('refused: %s', async (_what, asked, code) => {
    const at = house();
    const answer = await callTool(asked, at);
    expect(answer).toMatchObject({ outcome: 'refused', refusal: { code } });
    const recorded = await records(at.events);
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({ type: 'deponent.call.refused.v1', data: { outcome: 'refused', code, class: 'audit', content: [] } });
  });

  it('refused for want of a scope, naming it', async () => {
    const at = house({}, ['mcp:read']);
    expect(await callTool(call('fixture_count_up', { by: 1 }), at)).toMatchObject({ refusal: { code: 'scope_missing', requiredScopes: ['mcp:write'] } });
    expect(await records(at.events)).toHaveLength(1);
  });

  it('failed: a defect is recorded, reported, and told in our own words only', async () => {
    const at = house({ openPorts: async () => opened({ text: () => Promise.reject(new Error('/etc/secret at line 3')) }) });
    const answer = await callTool(call('fixture_read_thing', { id: 'thing' }), at);
    expect(answer).toMatchObject({ outcome: 'refused', refusal: { code: 'internal' } });
    expect(JSON.stringify(answer)).not.toContain('/etc/secret');
    expect(at.defects).toHaveLength(1);
    expect((await records(at.events))[0]).toMatchObject({ type: 'deponent.call.failed.v1', data: { code: 'internal' } });
  });

  it('a dead credential belongs to no organisation: no record', async () => {
    const at = house();
    at.state.alive = false;
    expect(await callTool(call('fixture_list_things'), at)).toEqual({ outcome: 'unauthenticated' });
    expect(await records(at.events)).toEqual([]);
  });

  it('nothing an unknown tool was called stands in the record itself', async () => {
    const at = house();
    await callTool(call('canary_tool_name'), at);
    const [event] = await at.events.readAll({ after: 0, limit: 1 });
    expect(event?.body.toString()).not.toContain('canary');
    expect((await records(at.events))[0]?.data.tool.name).toBeNull();
  });
});

describe('recorded before released', () => {
  it('what cannot be recorded is not answered', async () => {
    const at = house();
    const append = () => Promise.reject(new StoreUnavailable('the disk is full', 'none'));
    const answer = await callTool(call('fixture_read_thing', { id: 'thing' }), { ...at, events: { ...at.events, append } });
    expect(answer).toMatchObject({ outcome: 'unrecorded', refusal: { code: 'unavailable', retryAfterSeconds: 2 } });
    expect(JSON.stringify(answer)).not.toContain('all of it');
  });

  it('a write and its record are one append', async () => {
    const at = house();
    const answer = await callTool(call('fixture_count_up', { by: 3 }), at);
    expect(answer).toMatchObject({ outcome: 'answered', structuredContent: { total: 3 } });
    const events = await at.events.readAll({ after: 0, limit: 10 });
    expect(events.map(({ type }) => type)).toEqual(['fixture.Counted', 'deponent.call.answered.v1']);
  });

  it('a write that meets another is decided again', async () => {
    const at = house();
    let met = false;
    const append: House['events']['append'] = async (request) => {
      if (!met) {
        met = true;
        await callTool(call('fixture_count_up', { by: 10 }), at);
      }
      return at.events.append(request);
    };
    expect(await callTool(call('fixture_count_up', { by: 1 }), { ...at, events: { ...at.events, append } })).toMatchObject({
      structuredContent: { total: 11 },
    });
    expect(await records(at.events)).toHaveLength(2);
  });
});

describe('decided on what is true at the commit', () => {
  it('when authority moved on in the middle, the call is decided again; revoked means refused', async () => {
    const at = house();
    const append: House['events']['append'] = async (request) => {
      at.state.alive = false;
      await at.events.append(changeOfAuthority());
      return at.events.append(request);
    };
    expect(await callTool(call('fixture_read_thing', { id: 'thing' }), { ...at, events: { ...at.events, append } })).toEqual({ outcome: 'unauthenticated' });
    expect(await records(at.events)).toEqual([]);
  });

  it('gives up after three attempts, without an answer', async () => {
    const at = house();
    await at.events.append(changeOfAuthority());
    expect(await callTool(call('fixture_list_things'), at)).toMatchObject({ outcome: 'unrecorded', refusal: { code: 'unavailable' } });
    expect(at.state.asked).toBe(3);
  });
});

describe('answered from memory', () => {
  it('holds while the stream remembered has not moved', async () => {
    const at = house({ openPorts: async () => opened({ text: async () => 'remembered' }, [{ stream: 'fixture.thing-1', revision: 0 }]) });
    expect(await callTool(call('fixture_read_thing', { id: 'thing' }), at)).toMatchObject({ structuredContent: { text: 'remembered' } });
  });

  it('is forgotten and asked anew where it has', async () => {
    const at = house();
    const event = { id: uuidv7(1_000, randomBytes), type: 'fixture.Changed', version: 1, body: Buffer.from('{}') };
    await at.events.append({ organization: ORGANIZATION, streams: [{ stream: 'fixture.thing-1', expected: 0, events: [event] }] });
    let remembered = true;
    const forget = () => {
      remembered = false;
    };
    const openPorts = async () =>
      remembered ? opened({ text: async () => 'old' }, [{ stream: 'fixture.thing-1', revision: 0 }], forget) : opened({ text: async () => 'new' });
    expect(await callTool(call('fixture_read_thing', { id: 'thing' }), { ...at, openPorts })).toMatchObject({ structuredContent: { text: 'new' } });
    expect(await records(at.events)).toHaveLength(1);
  });
});

describe('a governed answer', () => {
  it('carries its evidence, and the record says what was given without a word of it', async () => {
    const at = house();
    const answer = await callTool(call('fixture_read_thing', { id: 'thing', correlationId: 'case-42' }), at);
    if (answer.outcome !== 'answered') throw new Error('not answered');
    expect(answer.structuredContent).toEqual({ text: 'all of it', evidence: answer.reference });

    const [event] = await at.events.readAll({ after: 0, limit: 1 });
    const text = event?.body.toString() ?? '';
    expect(answer.reference.eventHash).toBe(sha256Uri(text));
    expect(text).not.toMatch(/all of it|secret name|ada@example|fixture client|case-42/);
    const record = JSON.parse(text);
    expect(record.data).toMatchObject({ class: 'governed', kind: 'file_text', correlation: 'argument' });
    expect(record.data.content).toEqual([
      { contentId: 'thing', version: 0, range: { unit: 'line', start: 1, end: 1, total: 1 }, length: { bytes: 9, codePoints: 9, lines: 1 }, truncated: false },
    ]);
    const leaf = writeLeaf(text, { v: 1, eventHash: answer.reference.eventHash, groupSeq: 1, groupPrev: null });
    expect(leaf.length).toBeLessThan(3_000);
  });

  it('tells the rest in disclosures whose digests stand in the record', async () => {
    const at = house();
    const asked = call('fixture_read_thing', { id: 'thing', correlationId: 'case-42' });
    await callTool(asked, at);
    const [record] = await records(at.events);
    const texts = openDisclosures(keys.vault, asked.recordId, at.events.vaultRow(ORGANIZATION, 'disclosure', asked.recordId) ?? Buffer.alloc(0));
    const opened = Object.fromEntries(texts.map((text) => openDisclosure(text)).map(({ name, value }) => [name, value]));
    expect(Object.keys(opened).sort()).toEqual(Object.keys(record.data.digests).sort());
    expect(opened).toMatchObject({
      'content.0': { textSha256: sha256Hex('all of it') },
      external: 'case-42',
      io: { requestedTool: 'fixture_read_thing', argumentsSha256: sha256Hex('{"id":"thing"}'), resultSha256: sha256Hex('{"text":"all of it"}') },
      names: ['secret name.txt'],
      people: { client: 'fixture client', email: 'ada@example.org' },
    });
  });

  it('with nothing delivered, and with governance off, is audit-only', async () => {
    const at = house();
    expect(await callTool(call('fixture_read_thing', { id: 'nothing' }), at)).toMatchObject({ structuredContent: { text: '', evidence: null } });
    expect((await records(at.events))[0]?.data).toMatchObject({ class: 'audit', kind: null, content: [] });
  });
});

describe('grouping, by explicit ids only', () => {
  it('argument before meta before session; the same id of the same person is the same group', async () => {
    const at = house();
    const ids = { metaCorrelationId: 'meta-1', sessionId: 'session-1' };
    const first = await callTool(call('fixture_read_thing', { id: 'thing', correlationId: 'argument-1' }, ids), at);
    const second = await callTool(call('fixture_list_things', {}, ids), at);
    const third = await callTool(call('fixture_list_things', {}, { sessionId: 'session-1' }), at);
    const fourth = await callTool(call('fixture_list_things', {}, { metaCorrelationId: 'argument-1' }), at);
    const groups = (await records(at.events)).map(({ correlationid, data }) => [correlationid, data.correlation]);
    expect(groups.map(([, source]) => source)).toEqual(['argument', 'meta', 'session', 'meta']);
    expect(groups[3]?.[0]).toBe(groups[0]?.[0]);
    expect(new Set(groups.map(([group]) => group)).size).toBe(3);
    for (const answer of [first, second, third, fourth]) expect(answer.outcome).toBe('answered');
  });

  it("joins one's own group by the id we gave", async () => {
    const at = house();
    const first = await callTool(call('fixture_list_things', {}, { metaCorrelationId: 'case' }), at);
    const group = first.outcome === 'answered' ? first.reference.correlationId : '';
    const second = await callTool(call('fixture_list_things', {}, { metaCorrelationId: group }), at);
    expect(second).toMatchObject({ outcome: 'answered', reference: { correlationId: group } });
  });
});

it('a refusal is told apart from everything else', () => {
  expect(isRefusal(refuse('conflict', 'x'))).toBe(true);
  expect(isRefusal({ code: 'conflict' })).toBe(false);
});
