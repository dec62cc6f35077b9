import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { refuse } from '#kernel';
import { governedReadTool, type Preview, readTool, stream, writeTool } from '../index.ts';
import { specification } from './index.ts';

/** The kit must fail where a tool is wrong, or no test that is written with it proves anything. */

const said = {
  name: 'desk_move_pen',
  title: 'Move pen',
  description: 'Moves a pen.',
  confirmation: 'none' as const,
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  scope: 'desk:write',
};
const desk = stream({
  domain: 'desk',
  noun: 'pen',
  events: { PenMoved: z.strictObject({ to: z.int() }) },
  initial: { at: 0, moves: 0 },
  evolve: ({ moves }, { data }) => ({ at: data.to, moves: moves + 1 }),
});

type Move = { readonly at: number; readonly moves: number };
type Deciding = { decide?: (to: number, state: Move) => { type: 'PenMoved'; data: { to: number } }[]; preview?: (said: Preview) => Preview };

function pen({ decide = (to, { at }) => (to === at ? [] : [{ type: 'PenMoved', data: { to } }]), preview = (said) => said }: Deciding = {}) {
  return writeTool({
    ...said,
    input: z.strictObject({ to: z.int() }),
    output: z.strictObject({ at: z.int(), moves: z.int().max(9) }),
    prepare: async () => ({}),
    on: () => ({ stream: desk, id: 'pen_1' }),
    decide: ({ to }, state) => (to < 0 ? refuse('conflict', 'There is no desk there.') : { events: decide(to, state), reserve: [`desk.place-${to}`] }),
    preview: ({ to }, { at }) => preview({ summary: 'Move the pen.', changes: [{ field: 'desk', from: at, to }], text: null }),
    result: (_, state) => state,
  });
}
const moved = (to: number) => ({ type: 'PenMoved', data: { to } });
const note = (text: string) =>
  readTool({ ...said, input: z.strictObject({}), output: z.strictObject({ text: z.string().max(5) }), answer: async () => ({ text }) });

describe('a specification', () => {
  const atSeven = specification(pen()).given(null, moved(3), moved(7));

  it('holds where the tool does what it says', async () => {
    await atSeven.when({ to: 8 }).then(moved(8));
    await atSeven.when({ to: 7 }).then();
    await atSeven.when({ to: 8 }).thenAnswers({ at: 8, moves: 3 });
    await atSeven.when({ to: 8 }).thenKeeps({ reserve: ['desk.place-8'], names: [] });
    await atSeven.when({ to: 8, confirm: true }).thenPreviews({ summary: 'Move the pen.', changes: [{ field: 'desk', from: 7, to: 8 }], text: null });
    await atSeven.when({ to: 7 }).thenPreviews(null);
    await atSeven.when({ to: -1 }).thenRefuses('conflict', 'no desk');
    await atSeven.when({ to: 'up' }).thenRefuses('invalid_params', 'to must be a number');
  });

  it.each([
    ['other events', () => atSeven.when({ to: 8 }).then(moved(9))],
    ['more events', () => atSeven.when({ to: 8 }).then(moved(8), moved(8))],
    ['an event where nothing changes', () => atSeven.when({ to: 7 }).then(moved(7))],
    ['events of what is refused', () => atSeven.when({ to: -1 }).then()],
    ['a refusal of what is answered', () => atSeven.when({ to: 8 }).thenRefuses('conflict')],
    ['another code', () => atSeven.when({ to: -1 }).thenRefuses('not_found')],
    ['other words', () => atSeven.when({ to: -1 }).thenRefuses('conflict', 'no chair')],
    ['another answer', () => atSeven.when({ to: 8 }).thenAnswers({ at: 8 })],
    ['other reservations', () => atSeven.when({ to: 8 }).thenKeeps({ reserve: [], names: [] })],
    ['a preview of what changes nothing', () => atSeven.when({ to: 7 }).thenPreviews({ summary: 'Move the pen.', changes: [], text: null })],
    ['a preview of what is not a write', () => specification(note('hi')).given(null).when({}).thenPreviews(null)],
    ['deliveries of what is not governed', () => specification(note('hi')).given(null).when({}).thenDelivers(null)],
  ])('fails when it expects %s', async (_, sentence) => {
    await expect(sentence()).rejects.toThrow();
  });

  it('fails when it has no end', async () => {
    const unfinished: unknown = atSeven.when({ to: 8 });
    await expect((async () => await unfinished)()).rejects.toThrow('this sentence has no end');
  });

  let calls = 0;
  it.each([
    ['an answer that does not fit its schema', specification(note('far too long')).given(null).when({}).answer, 'does not fit the output schema'],
    [
      'an answer that does not fit after so many events',
      specification(pen())
        .given(null, ...Array(9).fill(moved(1)))
        .when({ to: 2 }).answer,
      'does not fit',
    ],
    [
      'a decision by chance',
      specification(pen({ decide: () => [moved(++calls) as never] }))
        .given(null)
        .when({ to: 1 }).answer,
      'does not say the same',
    ],
    [
      'a decision that changes the past',
      specification(pen({ decide: (_, state) => Object.entries(Object.assign(state, { at: 1 })).slice(2) as never }))
        .given(null)
        .when({ to: 1 }).answer,
      'changed what it was given',
    ],
    [
      'a preview by chance',
      specification(pen({ preview: (said) => ({ ...said, text: `${++calls}` }) }))
        .given(null)
        .when({ to: 2 }).answer,
      'does not say the same',
    ],
    [
      'a preview of nothing',
      specification(pen({ preview: (said) => ({ ...said, changes: [] }) }))
        .given(null)
        .when({ to: 2 }).answer,
      'does not say what it changes',
    ],
    [
      'an event with more in it than was declared',
      specification(pen({ decide: (to) => [{ type: 'PenMoved', data: { to, by: 'Ann' } as never }] }))
        .given(null)
        .when({ to: 1 }).answer,
      'Unrecognized key',
    ],
  ])('finds %s', async (_, sentence, words) => {
    await expect(sentence()).rejects.toThrow(words);
  });
});

describe('a specification of a governed read', () => {
  const delivery = { contentId: 'con_1', version: 0, path: 'a', range: null, length: { bytes: 0, codePoints: 0, lines: 0 }, truncated: false };
  const digests = { textSha256: '', renditionSha256: '', sourceSha256: '' };
  let calls = 0;
  const reading = (random: boolean) =>
    specification(
      governedReadTool({
        ...said,
        input: z.strictObject({}),
        output: z.strictObject({}),
        answer: async () => ({}),
        testify: () => ({ kind: 'file_text', deliveries: [{ ...delivery, version: random ? ++calls : 0, digests }] }),
        result: () => ({}),
      }),
    )
      .given(null)
      .when({ correlationId: 'case-1' });

  it('holds, fails and finds as others do', async () => {
    await reading(false).thenDelivers({ kind: 'file_text', deliveries: [{ ...delivery, digests }] });
    await expect(reading(false).thenDelivers({ kind: 'line_range', deliveries: [{ ...delivery, digests }] })).rejects.toThrow();
    await expect(reading(false).thenDelivers(null)).rejects.toThrow();
    await expect(reading(false).then()).rejects.toThrow('only a write records events');
    await expect(reading(true).testimony()).rejects.toThrow('does not say the same');
  });
});
