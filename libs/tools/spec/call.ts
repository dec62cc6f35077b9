import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { z } from 'zod';
import { isRefusal, type Refusal } from '#kernel';
import type { AnyTool, Caller, Decision, NewId, Preview, WriteTool } from '../definition.ts';
import type { DomainEvent } from '../stream.ts';
import type { Testimony } from '../testimony.ts';

export type Answered = {
  readonly output: Readonly<Record<string, unknown>>;
  readonly testimony: Testimony | null;
  readonly events: readonly DomainEvent[];
  readonly reserve: readonly string[];
  readonly names: NonNullable<Decision<DomainEvent>['names']>;
  /** Of a write that changes something. */
  readonly preview: Preview | null;
};

type Means = { readonly caller: Caller; readonly now: number };
type Input = Readonly<Record<string, unknown>>;

/** Calls a tool as the pipeline does, without storage, and checks what holds of every tool. */
export async function callOf(any: AnyTool, ports: unknown, past: readonly DomainEvent[], arguments_: Input, means: Means): Promise<Answered | Refusal> {
  const { correlationId: _group, idempotencyKey: _key, confirmationToken: _token, confirm: _confirm, ...input } = arguments_;
  const result = await ask(any, ports, past, input, means);
  if (!isRefusal(result)) fits(any.tool.output, result.output);
  return result;
}

// Sound: a tool's own types were forgotten in `erase` (definition.ts); what is handed over as `never` was read by the
// tool's own schema or returned by its own steps.
async function ask(any: AnyTool, ports: unknown, past: readonly DomainEvent[], input: Input, { caller, now }: Means): Promise<Answered | Refusal> {
  switch (any.kind) {
    case 'read': {
      const output = await any.tool.answer(input, ports as never, caller);
      return isRefusal(output) ? output : { output, testimony: null, ...NO_EVENTS };
    }
    case 'governedRead': {
      const { tool } = any;
      const given = await tool.answer(input, ports as never, caller);
      if (isRefusal(given)) return given;
      return { output: twice(() => tool.result(input, given)), testimony: twice(() => tool.testify(input, given)), ...NO_EVENTS };
    }
    case 'write':
      // Sound: as above.
      return write(any.tool as unknown as AnyWrite, ports, past, input, { caller, now });
  }
}

const NO_EVENTS = { events: [], reserve: [], names: [], preview: null };

type AnyWrite = WriteTool<z.ZodObject, z.ZodObject, unknown, unknown, unknown, DomainEvent>;

async function write(tool: AnyWrite, ports: unknown, past: readonly DomainEvent[], input: Input, { caller, now }: Means): Promise<Answered | Refusal> {
  const prepared = await tool.prepare(input, ports, caller, countedIds());
  if (isRefusal(prepared)) return prepared;
  const { stream } = tool.on(input, prepared);
  const state = past.reduce(stream.evolve, stream.initial);
  const decision = twice(() => tool.decide(input, state, { now, prepared }), { input, state, prepared });
  if (isRefusal(decision)) return decision;

  const { events, reserve = [], names = [] } = decision;
  for (const event of events) survivesStorage(stream, event);
  const preview = events.length === 0 ? null : saysSomething(twice(() => tool.preview(input, state, prepared), { input, state, prepared }));
  const after = events.reduce(stream.evolve, state);
  return { output: twice(() => tool.result(input, after, prepared, events)), testimony: null, events, reserve, names, preview };
}

/** Whoever is asked whether a write may happen is told what it does, and no change twice. */
function saysSomething(preview: Preview): Preview {
  ok(preview.summary.trim() !== '' && preview.changes.length > 0, 'its preview does not say what it changes');
  equal(new Set(preview.changes.map(({ field }) => field)).size, preview.changes.length, 'its preview names a field twice');
  return preview;
}

/** Ids as a person can write them into a test: con_new_1, con_new_2… */
function countedIds(): NewId {
  let drawn = 0;
  return () => `con_new_${++drawn}`;
}

/** A pure function says the same twice, and leaves alone what it is given. */
function twice<Result>(pure: () => Result, given: unknown = null): Result {
  const before = structuredClone(given);
  const first = pure();
  deepStrictEqual(pure(), first, 'asked twice, it does not say the same');
  deepStrictEqual(structuredClone(given), before, 'it changed what it was given');
  return first;
}

function survivesStorage(stream: ReturnType<AnyWrite['on']>['stream'], event: DomainEvent): void {
  const { type, body } = stream.encode(event);
  deepStrictEqual(stream.parse(type, JSON.parse(body.toString('utf8'))), event, 'stored and read back, it is another event');
}

function fits(schema: z.ZodObject, output: unknown): void {
  const read = schema.safeParse(output);
  ok(read.success, `the answer does not fit the output schema: ${read.error?.message}`);
  deepStrictEqual(JSON.parse(JSON.stringify(output)), output, 'the answer is not plain JSON');
}
