import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { openRow } from '#event-store';
import { createMemoryEventStore } from '#event-store/memory';
import { authorityCounter, FIRST_POLICY, organizationKeys, type Principal } from '#identity';
import { type ConfirmationAsked, LIMITS, refuse, uuidv7 } from '#kernel';
import { openDisclosure, openDisclosures } from '#ledger';
import { type ConfirmationRule, catalogue, type Preview, stream, writeTool } from '#tools';
import { unlimited } from '../admission.ts';
import { callTool, type House } from '../call-tool.ts';
import { answerConfirmation, type Person, showConfirmation } from './answer.ts';

// A pack of two tools that write on a pad; the caller, the rules and the clock are what a test makes them.

const pad = stream({
  domain: 'fixture',
  noun: 'pad',
  events: { LineWritten: z.strictObject({ pad: z.string(), characters: z.int() }) },
  initial: { lines: 0 },
  evolve: ({ lines }) => ({ lines: lines + 1 }),
});

/** `house`: what is outside the pads, and may change beside them. */
type Ports = { readonly house: { readonly standardPad: string; readonly room: string } };

const writing = (name: string, confirmation: ConfirmationRule, preview: (lines: number, at: { id: string; room: string }) => Omit<Preview, 'text'>) =>
  writeTool({
    name,
    title: 'T',
    description: 'D',
    scope: 'mcp:write',
    confirmation,
    hints: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
    input: z.strictObject({ pad: z.string().optional(), text: z.string() }),
    output: z.strictObject({ pad: z.string(), lines: z.int() }),
    prepare: async ({ pad: id }, { house: { standardPad, room } }: Ports, _caller, newId) => ({
      id: id === 'standard' ? standardPad : (id ?? newId('content')),
      room,
    }),
    on: (_, { id }) => ({ stream: pad, id }),
    decide({ pad: given, text }, { lines }, { prepared: { id } }) {
      if (text === 'unique' && lines > 0) return refuse('conflict', 'It is there already.');
      if (text === 'nothing' || (given === undefined && lines > 0)) return { events: [] };
      return { events: [{ type: 'LineWritten' as const, data: { pad: id, characters: text.length } }] };
    },
    preview: ({ text }, { lines }, prepared) => ({ ...preview(lines, prepared), text }),
    result: (_, { lines }, { id }) => ({ pad: id, lines }),
  });

const writeLine = writing('pad_write_line', 'none', (lines, { id }) => ({
  summary: `Write on ${id}.`,
  changes: [{ field: 'lines', from: lines, to: lines + 1 }],
}));
const writeNote = writing('pad_write_note', 'token', (_, { room }) => ({ summary: 'Write a note.', changes: [{ field: 'room', from: null, to: room }] }));

const keys = organizationKeys(Buffer.alloc(32, 7));
const TEN = Date.parse('2026-11-20T10:00:00.000Z');
const ADA = { organization: 'org_1', user: 'usr_ada', credential: { id: 'key_1', type: 'access_key' as const }, client: null as string | null };

function setting(rule: ConfirmationRule = 'token') {
  const events = createMemoryEventStore({ clock: () => 1_000 });
  const now = { time: TEN, caller: ADA, rule, authority: 0, clientName: 'a client 1.0', outside: { standardPad: 'a', room: 'the hall' } };
  const principal = (): Principal => ({
    caller: { ...now.caller, scopes: new Set(['mcp:write']), boundSite: null },
    keyType: 'mcp',
    role: 'member',
    email: 'ada@example.org',
    expiresAt: null,
    account: { ai: true, mcp: true, readOnly: false },
    sites: new Map(),
    policy: { ...FIRST_POLICY, confirm: { pad_write_line: now.rule } },
    origin: 'deponent/test/log',
    keys,
    authority: now.authority,
  });
  const house: House = {
    catalogue: catalogue([
      {
        name: 'pad',
        tools: [writeLine, writeNote],
      },
    ]),
    admission: unlimited,
    principals: { of: async () => principal(), ofNow: async () => principal(), forget: () => undefined },
    events,
    openPorts: async () => ({ ports: { house: { ...now.outside } }, reliedOn: () => [], forget: () => undefined }),
    publicUrl: 'https://deponent.test',
    clock: () => now.time,
    random: randomBytes,
    report: (defect) => {
      throw defect;
    },
  };

  /** One call, and how it was answered. */
  async function write(given: Record<string, unknown>, tool = 'pad_write_line', through: House = house) {
    const answer = await callTool(
      {
        recordId: uuidv7(now.time, randomBytes),
        receivedAt: now.time,
        secret: 's',
        pack: null,
        toolName: tool,
        arguments: given,
        protocol: null,
        clientName: now.clientName,
        metaCorrelationId: 'case-1',
        sessionId: null,
        malformed: null,
        traceparent: null,
      },
      through,
    );
    if (answer.outcome === 'answered') return { ...answer, code: 'answered' as const, message: '', asked: null };
    if (answer.outcome !== 'refused') throw new Error(answer.outcome);
    return { ...answer, code: answer.refusal.code, message: answer.refusal.message, asked: answer.refusal.confirmation ?? null };
  }
  return {
    events,
    house,
    now,
    write,
    /** What a first call is answered with. */
    async ask(given: Record<string, unknown>, tool?: string): Promise<ConfirmationAsked> {
      const { asked } = await write(given, tool);
      if (asked === null) throw new Error('not asked');
      return asked;
    },
    async types(): Promise<string[]> {
      return (await events.readAll({ after: 0, limit: 1_000 })).map(({ type }) => type.replace(/^deponent\.call\.(\w+)\.v1$/, '$1'));
    },
    shown: (id: string) => openRow(keys.vault, { kind: 'name', id, ciphertext: events.vaultRow('org_1', 'name', id) ?? Buffer.alloc(0) }),
  };
}

const idOf = ({ token }: ConfirmationAsked) => `cnf_${token.slice('dpn_cnf_'.length, 'dpn_cnf_'.length + 26)}`;
const LINE = { pad: 'a', text: 'Ask early.' };

describe('rule none and flag', () => {
  it('none writes at once', async () => {
    const { write, types } = setting('none');
    expect((await write(LINE)).code).toBe('answered');
    expect(await types()).toEqual(['fixture.LineWritten', 'answered']);
  });

  it('flag asks for confirm: true, in words, and keeps nothing', async () => {
    const { write, types } = setting('flag');
    expect(await write({ ...LINE, confirm: false })).toMatchObject({
      code: 'confirmation_required',
      asked: null,
      message: expect.stringContaining('Write on a.'),
    });
    expect((await write({ ...LINE, confirm: true })).code).toBe('answered');
    expect(await types()).toEqual(['refused', 'fixture.LineWritten', 'answered']);
  });

  it('policy raises a rule and never lowers it', async () => {
    const { write } = setting('none');
    expect((await write(LINE, 'pad_write_note')).asked?.rule).toBe('token');
  });

  it('what changes nothing needs no confirmation', async () => {
    expect((await setting('human').write({ pad: 'a', text: 'nothing' })).code).toBe('answered');
  });
});

describe('rule token', () => {
  it('first writes nothing but the record and the question, and says what would change', async () => {
    const at = setting();
    const asked = await at.ask(LINE);
    expect(asked).toEqual({
      token: expect.stringMatching(/^dpn_cnf_[a-z2-7]{78}$/),
      rule: 'token',
      expiresAt: '2026-11-20T10:10:00.000Z',
      summary: 'Write on a.',
      changes: [{ field: 'lines', from: 0, to: 1 }],
      url: null,
    });
    expect(await at.types()).toEqual(['calls.ConfirmationRequested', 'refused']);
    const bodies = (await at.events.readAll({ after: 0, limit: 10 })).map(({ body }) => body.toString()).join('');
    expect(bodies).not.toMatch(/Ask early|Write on|ada@|a client/);
    expect(bodies).not.toContain(asked.token.slice(-52));
  });

  it('then does exactly that, once, in one commit with the end of the token', async () => {
    const at = setting();
    const asked = await at.ask(LINE);
    const { token } = asked;
    expect(await at.write({ ...LINE, confirmationToken: token })).toMatchObject({ code: 'answered', structuredContent: { pad: 'a', lines: 1 } });
    expect((await at.types()).slice(2)).toEqual(['fixture.LineWritten', 'calls.ConfirmationConsumed', 'answered']);
    expect(at.shown(idOf(asked))).toBeNull();
    expect(await at.write({ ...LINE, confirmationToken: token })).toMatchObject({
      code: 'confirmation_invalid',
      message: expect.stringContaining('used already'),
    });
    expect((await at.types()).slice(5)).toEqual(['refused']);
  });

  it('makes what it showed: new ids are the same in both calls, under an idempotency key too', async () => {
    const at = setting();
    for (const given of [{ text: 'new' }, { text: 'newer', idempotencyKey: 'key-1' }]) {
      const { token, summary } = await at.ask(given);
      const answer = await at.write({ ...given, confirmationToken: token });
      expect(summary).toBe(`Write on ${answer.outcome === 'answered' ? answer.structuredContent.pad : ''}.`);
    }
  });

  it('the two calls have one digest of arguments', async () => {
    const at = setting();
    const { token } = await at.ask(LINE);
    await at.write({ ...LINE, confirmationToken: token, confirm: true });
    const records = (await at.events.readAll({ after: 0, limit: 10 })).filter(({ type }) => type.startsWith('deponent.call.'));
    const digests = records.map(({ id }) => {
      const texts = openDisclosures(keys.vault, id, at.events.vaultRow('org_1', 'disclosure', id) ?? Buffer.alloc(0));
      const io = texts.map((text) => openDisclosure(text)).find(({ name }) => name === 'io');
      return z.object({ argumentsSha256: z.string() }).parse(io?.value).argumentsSha256;
    });
    expect(new Set(digests).size).toBe(1);
  });

  it.each([
    ['when both are decided', 'append', LINE],
    ['when both are decided, on something new', 'append', { text: 'new' }],
    ['when both tokens are judged', 'readStream', LINE],
    ['when both tokens are judged, on something new', 'readStream', { text: 'new' }],
    ['when both tokens are judged, on something that is there once', 'readStream', { text: 'unique' }],
  ] as const)('of two uses at once one wins, %s', async (_, moment, line) => {
    const at = setting();
    const given = { ...line, confirmationToken: (await at.ask(line)).token };
    let first = '';
    const meet = async <Result>(step: Promise<Result> | null, next: () => Promise<Result>): Promise<Result> => {
      const result = await step;
      if (first === '') {
        first = 'under way';
        first = (await at.write(given)).code;
      }
      return result ?? next();
    };
    const events: House['events'] = {
      ...at.events,
      append: (request) => (moment === 'append' ? meet(null, () => at.events.append(request)) : at.events.append(request)),
      readStream: (name) => (moment === 'readStream' ? meet(at.events.readStream(name), () => at.events.readStream(name)) : at.events.readStream(name)),
    };
    const last = await at.write(given, 'pad_write_line', { ...at.house, events });
    expect([first, last.code]).toEqual(['answered', 'confirmation_invalid']);
    expect((await at.types()).filter((type) => type === 'fixture.LineWritten')).toHaveLength(1);
  });

  it.each<[what: string, words: string, now: Partial<ReturnType<typeof setting>['now']>, given?: object, tool?: string]>([
    ['an argument differs', 'The arguments', {}, { text: 'Ask late.' }],
    ['an argument is added', 'The arguments', {}, { idempotencyKey: 'mine' }],
    ['it is another tool', 'another tool', {}, {}, 'pad_write_note'],
    ['it is another user', 'no such confirmation', { caller: { ...ADA, user: 'usr_bob' } }],
    ['it is another key', 'no such confirmation', { caller: { ...ADA, credential: { ...ADA.credential, id: 'key_2' } } }],
    ['it is another client', 'no such confirmation', { caller: { ...ADA, client: 'cli_2' } }],
    ['it is another organisation', 'no such confirmation', { caller: { ...ADA, organization: 'org_2' } }],
    ['it has expired', 'expired', { time: TEN + LIMITS.confirmationMilliseconds }],
    ['the rule was raised since', 'asks for more', { rule: 'human' }],
    ['it is a token of nobody', 'no such confirmation', {}, { confirmationToken: `dpn_cnf_${'a'.repeat(78)}` }],
    ['it is no token', 'not a token', {}, { confirmationToken: 'yes' }],
  ])('is refused and recorded, and nothing is written, when %s', async (_what, words, now, more = {}, tool = 'pad_write_line') => {
    const at = setting();
    const { token } = await at.ask(LINE);
    Object.assign(at.now, now);
    expect(await at.write({ ...LINE, confirmationToken: token, ...more }, tool)).toMatchObject({
      code: 'confirmation_invalid',
      message: expect.stringContaining(words),
    });
    expect((await at.types()).slice(2)).toEqual(words === 'expired' ? ['calls.ConfirmationExpired', 'refused'] : ['refused']);
  });

  it('is refused when the target has moved on, and stays so', async () => {
    const at = setting();
    const { token } = await at.ask(LINE);
    await at.events.append(appended('fixture.pad-a'));
    for (const _ of ['at once', 'and later'])
      expect(await at.write({ ...LINE, confirmationToken: token })).toMatchObject({
        code: 'confirmation_invalid',
        message: expect.stringContaining('no longer what was shown'),
      });
    expect((await at.types()).slice(3)).toEqual(['refused', 'refused']);
  });

  it.each([
    ['another pad would be written on', { standardPad: 'b', room: 'the hall' }],
    ['it is shown otherwise', { standardPad: 'a', room: 'the cellar' }],
  ])('is refused when the same arguments mean something else now: %s', async (_, outside) => {
    const at = setting();
    const given = { pad: 'standard', text: 'x' };
    const { token } = await at.ask(given, 'pad_write_note');
    at.now.outside = outside;
    expect(await at.write({ ...given, confirmationToken: token }, 'pad_write_note')).toMatchObject({ code: 'confirmation_invalid' });
    at.now.outside = { standardPad: 'a', room: 'the hall' };
    expect(await at.write({ ...given, confirmationToken: token }, 'pad_write_note')).toMatchObject({ code: 'answered' });
  });

  it('is refused when the target has moved on, also where that changes nothing of what is shown', async () => {
    const at = setting();
    const { token } = await at.ask(LINE, 'pad_write_note');
    await at.events.append(appended('fixture.pad-a'));
    expect(await at.write({ ...LINE, confirmationToken: token }, 'pad_write_note')).toMatchObject({ code: 'confirmation_invalid' });
  });

  it('shows the target as it is when the question is asked', async () => {
    const at = setting();
    let moved = false;
    const append: House['events']['append'] = async (request) => {
      if (!moved) await at.events.append(appended('fixture.pad-a'));
      moved = true;
      return at.events.append(request);
    };
    const { asked } = await at.write(LINE, 'pad_write_line', { ...at.house, events: { ...at.events, append } });
    expect(asked?.changes).toEqual([{ field: 'lines', from: 1, to: 2 }]);
  });

  it('a secret that is not the one is as if there were none, whatever id it names', async () => {
    const at = setting();
    const { token } = await at.ask(LINE);
    const altered = token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a');
    expect(await at.write({ ...LINE, confirmationToken: altered })).toMatchObject({ message: expect.stringContaining('no such confirmation') });
  });
});

describe('rule human', () => {
  const ada: Person = { organization: 'org_1', user: 'usr_ada', role: 'member', vaultKey: keys.vault, authority: 0 };
  const owner: Person = { ...ada, user: 'usr_owner', role: 'owner' };

  it('waits: nothing that the client sends grants it', async () => {
    const at = setting('human');
    const asked = await at.ask(LINE);
    expect(asked).toMatchObject({ rule: 'human', url: `https://deponent.test/confirm/${idOf(asked)}` });
    for (const more of [{}, { confirm: true }]) {
      expect(await at.write({ ...LINE, confirmationToken: asked.token, ...more })).toMatchObject({ code: 'confirmation_required', asked });
    }
    expect((await at.write({ ...LINE, confirm: true })).code).toBe('confirmation_required');
    expect(await at.types()).not.toContain('fixture.LineWritten');
  });

  it.each([
    ['the person themself', ada],
    ['an owner', owner],
    ['an admin', { ...owner, role: 'admin' as const }],
  ])('is granted by %s, and then used once', async (_, person) => {
    const at = setting('human');
    const asked = await at.ask(LINE);
    await showConfirmation(idOf(asked), person, at.house);
    await showConfirmation(idOf(asked), person, at.house);
    expect(await answerConfirmation(idOf(asked), 'grant', person, at.house)).toMatchObject({ status: 'granted', answeredBy: person.user });
    const given = { ...LINE, confirmationToken: asked.token };
    expect((await at.write(given)).code).toBe('answered');
    expect((await at.write(given)).code).toBe('confirmation_invalid');
    expect((await at.types()).filter((type) => type.startsWith('calls.'))).toEqual([
      'calls.ConfirmationRequested',
      'calls.ConfirmationShown',
      'calls.ConfirmationGranted',
      'calls.ConfirmationConsumed',
    ]);
  });

  it.each([
    ['another member', { ...ada, user: 'usr_bob' }],
    ['an auditor', { ...ada, user: 'usr_bob', role: 'auditor' as const }],
    ['an owner of another organisation', { ...owner, organization: 'org_2' }],
  ])('does not exist for %s', async (_, person) => {
    const at = setting('human');
    const asked = await at.ask(LINE);
    expect(await showConfirmation(idOf(asked), person, at.house)).toBeNull();
    expect(await answerConfirmation(idOf(asked), 'grant', person, at.house)).toBeNull();
    expect((await at.write({ ...LINE, confirmationToken: asked.token })).code).toBe('confirmation_required');
  });

  it('is not granted on authority that has moved on', async () => {
    const at = setting('human');
    const asked = await at.ask(LINE);
    await at.events.append({ ...appended('fixture.change-1'), bump: [authorityCounter('org_1')] });
    expect(await answerConfirmation(idOf(asked), 'grant', ada, at.house)).toMatchObject({ code: 'unavailable' });
    at.now.authority = 1;
    expect((await at.write({ ...LINE, confirmationToken: asked.token })).code).toBe('confirmation_required');
  });

  it('denied stays denied, and what was shown is gone', async () => {
    const at = setting('human');
    const asked = await at.ask(LINE);
    expect(at.shown(idOf(asked))).toMatchObject({ email: 'ada@example.org', client: 'a client 1.0', text: { beginning: 'Ask early.', characters: 10 } });
    await answerConfirmation(idOf(asked), 'grant', ada, at.house);
    expect(await answerConfirmation(idOf(asked), 'deny', ada, at.house)).toMatchObject({ status: 'denied' });
    expect(at.shown(idOf(asked))).toBeNull();
    expect(await answerConfirmation(idOf(asked), 'grant', owner, at.house)).toMatchObject({ status: 'denied' });
    expect(await at.write({ ...LINE, confirmationToken: asked.token })).toMatchObject({
      code: 'confirmation_invalid',
      message: expect.stringContaining('denied'),
    });
  });

  it('cannot be granted too late, nor used too late once granted', async () => {
    const at = setting('human');
    const [late, granted] = [await at.ask(LINE), await at.ask(LINE)];
    await answerConfirmation(idOf(granted), 'grant', ada, at.house);
    at.now.time += LIMITS.confirmationMilliseconds;
    expect(await answerConfirmation(idOf(late), 'grant', ada, at.house)).toMatchObject({ status: 'expired' });
    for (const { token } of [late, granted])
      expect(await at.write({ ...LINE, confirmationToken: token })).toMatchObject({
        code: 'confirmation_invalid',
        message: expect.stringContaining('expired'),
      });
    expect(await at.types()).not.toContain('fixture.LineWritten');
  });

  it('a question of rule token has no page', async () => {
    const at = setting();
    expect(await showConfirmation(idOf(await at.ask(LINE)), owner, at.house)).toBeNull();
  });
});

function appended(name: string) {
  const id = uuidv7(1_000, randomBytes);
  const body = Buffer.from(JSON.stringify({ pad: 'a', characters: 1 }));
  return { organization: 'org_1', streams: [{ stream: name, expected: 0, events: [{ id, type: 'fixture.LineWritten', version: 1, body }] }] };
}
