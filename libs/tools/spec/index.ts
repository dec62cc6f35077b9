import { deepStrictEqual, equal, fail, ok } from 'node:assert/strict';
import { isRefusal, type Refusal, type RefusalCode } from '#kernel';
import { readArguments } from '../arguments.ts';
import type { AnyTool, Caller, Preview } from '../definition.ts';
import type { DomainEvent } from '../stream.ts';
import type { Testimony } from '../testimony.ts';
import { type Answered, callOf } from './call.ts';

/**
 * The requirement on a tool, as a sentence (tests only):
 *
 * @example
 * await specification(saveFile)
 *   .given(library, ...library.past('con_leave'))
 *   .when({ siteId: 'sit_hr', fileId: 'con_leave', content: 'New.' })
 *   .then({ type: 'FileSaved', data: {…} });
 *
 * `given`: the tool's ports, and what has happened on the stream that a write decides on. `when`: arguments as a
 * client sends them. Whatever is asked, it is also checked that the answer fits the output schema, that the pure
 * functions say the same twice and leave what they are given as it was, and that events survive being stored.
 */
export function specification(tool: AnyTool) {
  return {
    given: (ports: unknown, ...past: readonly DomainEvent[]) => ({ when: (given: Readonly<Record<string, unknown>>) => sentence(tool, ports, past, given) }),
  };
}

/** Nobody in particular: what a caller may do is decided by the ports that are made for it. */
const SOMEONE: Caller = {
  organization: 'org_1',
  user: 'usr_1',
  credential: { id: 'key_1', type: 'access_key' },
  client: null,
  scopes: new Set(['mcp:read', 'mcp:write']),
  boundSite: null,
};

/** When a specified decision is made. */
const NOW = Date.parse('2026-11-20T10:00:00.000Z');

function sentence(tool: AnyTool, ports: unknown, past: readonly DomainEvent[], given: Readonly<Record<string, unknown>>) {
  const outcome = async (): Promise<Answered | Refusal> => {
    const input = readArguments(tool.tool.input, given);
    return isRefusal(input) ? input : callOf(tool, ports, past, input, { caller: SOMEONE, now: NOW });
  };
  const answered = async (): Promise<Answered> => {
    const result = await outcome();
    return isRefusal(result) ? fail(`refused: ${result.code}: ${result.message}`) : result;
  };
  return {
    /** A write records exactly these events, in this order; none where nothing changes. */
    // biome-ignore lint/suspicious/noThenProperty: it reads given, when, then; whoever awaits what `when` gives is told so.
    async then(...events: readonly DomainEvent[]): Promise<void> {
      const [, reject]: readonly unknown[] = events;
      if (typeof reject === 'function') return reject(new Error('this sentence has no end: say what follows, .then(…), .thenAnswers(…)'));
      equal(tool.kind, 'write', 'only a write records events');
      deepStrictEqual((await answered()).events, events);
    },
    /** The call is refused; the message holds the words given, such as the name of the argument. */
    async thenRefuses(code: RefusalCode, words = ''): Promise<void> {
      const result = await outcome();
      if (!isRefusal(result)) return fail(`answered: ${JSON.stringify(result.output)}`);
      equal(result.code, code, result.message);
      ok(result.message.includes(words), `"${result.message}" does not say "${words}"`);
      if (code === 'invalid_params')
        ok(
          result.issues?.some(({ path }) => path !== ''),
          'invalid_params names an argument',
        );
    },
    /** The answer is exactly this. */
    async thenAnswers(output: Readonly<Record<string, unknown>>): Promise<void> {
      deepStrictEqual((await answered()).output, output);
    },
    /** The record testifies to exactly this; null: to nothing. */
    async thenDelivers(testimony: Testimony | null): Promise<void> {
      equal(tool.kind, 'governedRead', 'only a governed read delivers');
      deepStrictEqual((await answered()).testimony, testimony);
    },
    /** The streams that a write reserves, and the names that it keeps apart from its events. */
    async thenKeeps(kept: { readonly reserve: readonly string[]; readonly names: Answered['names'] }): Promise<void> {
      const { reserve, names } = await answered();
      deepStrictEqual({ reserve, names }, kept);
    },
    /** Whoever is asked whether this write may happen is told exactly this; null: it changes nothing. */
    async thenPreviews(preview: Preview | null): Promise<void> {
      equal(tool.kind, 'write', 'only a write has a preview');
      deepStrictEqual((await answered()).preview, preview);
    },
    /** The answer, for what is easier asked of it than written out. */
    answer: async (): Promise<Readonly<Record<string, unknown>>> => (await answered()).output,
    preview: async (): Promise<Preview | null> => (await answered()).preview,
    testimony: async (): Promise<Testimony | null> => (await answered()).testimony,
  };
}
