import { z } from 'zod';
import { type Change, LIMITS, type Refusal } from '#kernel';
import type { DomainEvent, Stream } from './stream.ts';
import type { Testimony } from './testimony.ts';

/** Who calls, as established by the credential. Never anything the client says about itself. */
export type Caller = {
  readonly organization: string;
  readonly user: string;
  readonly credential: { readonly id: string; readonly type: 'access_key' | 'oauth' | 'console' | 'operator' };
  readonly client: string | null;
  readonly scopes: ReadonlySet<string>;
  /** The only site this credential opens, where it is bound to one. */
  readonly boundSite: string | null;
};

export type GovernanceClass = 'governed' | 'audit';

/** How a write is confirmed before it happens; policy may raise the rule, never lower it. */
export type ConfirmationRule = 'none' | 'flag' | 'token' | 'human';

/** MCP tool annotations (specification 2026-07-28, ToolAnnotations), each stated, none defaulted. */
export type Hints = { readonly readOnly: boolean; readonly destructive: boolean; readonly idempotent: boolean; readonly openWorld: boolean };

type Stated<Input extends z.ZodObject, Output extends z.ZodObject> = {
  /** On the wire: `<pack>_<verb>_<noun>`, at most 40 characters. */
  readonly name: string;
  readonly title: string;
  /** For the model that chooses among tools. */
  readonly description: string;
  readonly scope: string;
  readonly confirmation: ConfirmationRule;
  readonly hints: Hints;
  readonly input: Input;
  readonly output: Output;
};

export type ReadTool<Input extends z.ZodObject, Output extends z.ZodObject, Ports> = Stated<Input, Output> & {
  answer(input: z.infer<Input>, ports: Ports, caller: Caller): Promise<z.infer<Output> | Refusal>;
};

export type GovernedReadTool<Input extends z.ZodObject, Output extends z.ZodObject, Ports, Given> = Stated<Input, Output> & {
  /** Does the I/O. What it returns is everything that `result` and `testify` need. */
  answer(input: z.infer<Input>, ports: Ports, caller: Caller): Promise<Given | Refusal>;
  /** Pure: what was delivered, or `nothingDelivered`. */
  testify(input: z.infer<Input>, given: Given): Testimony | null;
  /** Pure: the answer on the wire. */
  result(input: z.infer<Input>, given: Given): z.infer<Output>;
};

/** What a decision may ask for beside its events on its own stream. */
export type Decision<Event> = {
  readonly events: readonly Event[];
  /** Streams that must not exist yet and exist afterwards: uniqueness across streams. Where one exists, the call is prepared and decided again. */
  readonly reserve?: readonly string[];
  /** Names, kept encrypted and referred to by id from the events. */
  readonly names?: readonly { readonly id: string; readonly value: Record<string, unknown> }[];
};

/** A decision on one instance that held `revision` events, in the form the event store takes it (`factsOf`). */
export function decidedOn<State, Event extends DomainEvent>(
  stream: Stream<State, Event>,
  at: { readonly id: string; readonly revision: number },
  decision: Decision<Event>,
) {
  return { ...decision, stream: stream.nameOf(at.id), expected: at.revision, events: decision.events.map((event) => stream.encode(event)) };
}

export type DecisionContext<Prepared> = {
  readonly now: number;
  readonly prepared: Prepared;
};

/** What a write would do, for whoever is asked whether it may. */
export type Preview = {
  /** One sentence. */
  readonly summary: string;
  /** All of it; where something exists already, its version among it. */
  readonly changes: readonly Change[];
  /** The text that would be saved, for the person who is asked on our page; the client sent it and is not sent it back. Null: no text. */
  readonly text: string | null;
};

export type WriteTool<Input extends z.ZodObject, Output extends z.ZodObject, Ports, Prepared, State, Event extends DomainEvent> = Stated<Input, Output> & {
  /** The I/O before the decision: permissions, look-ups, artefacts to refer to. `newId` repeats itself under one idempotency key. */
  prepare(input: z.infer<Input>, ports: Ports, caller: Caller, newId: NewId): Promise<Prepared | Refusal>;
  /** The stream decided on, and the id of the instance. */
  on(input: z.infer<Input>, prepared: Prepared): { readonly stream: Stream<State, Event>; readonly id: string };
  /** Pure. No events: nothing changes, and that is a valid answer. */
  decide(input: z.infer<Input>, state: State, context: DecisionContext<Prepared>): Decision<Event> | Refusal;
  /** Pure: what the events would change, from the state before them. Asked only where there are events. */
  preview(input: z.infer<Input>, state: State, prepared: Prepared): Preview;
  /** Pure: the answer on the wire, from the state after the events. */
  result(input: z.infer<Input>, state: State, prepared: Prepared, events: readonly Event[]): z.infer<Output>;
};

export type NewId = (kind: 'content') => string;

/** A tool as the pipeline sees it: one of three kinds, its schemas known only at run time. */
export type AnyTool =
  | { readonly kind: 'read'; readonly class: 'audit'; readonly tool: ReadTool<z.ZodObject, z.ZodObject, never> }
  | { readonly kind: 'governedRead'; readonly class: 'governed'; readonly tool: GovernedReadTool<z.ZodObject, z.ZodObject, never, never> }
  | { readonly kind: 'write'; readonly class: 'audit'; readonly tool: WriteTool<z.ZodObject, z.ZodObject, never, never, never, never> };

export const EXTERNAL_ID_PATTERN = /^[A-Za-z0-9._:/@-]{1,128}$/;

const correlationId = z
  .string()
  .regex(EXTERNAL_ID_PATTERN, 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : / @ -')
  .optional()
  .describe('Groups the calls of one task into one evidence group. Choose one id per task and send it with every call.');

const idempotencyKey = z
  .string()
  .regex(EXTERNAL_ID_PATTERN, 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : / @ -')
  .optional()
  .describe('Repeat a call with the same key and arguments after a lost answer: it happens once.');

const confirmationToken = z
  .string()
  .max(LIMITS.argumentCharacters)
  .optional()
  .describe('The token of a confirmation_required answer: repeat that call with it, all else unchanged, once it is confirmed.');

const confirm = z.boolean().optional().describe('true only where a confirmation_required answer asks for confirm, and the user wants it.');

/** Taken by every write beside its own arguments: no tool is handed them, and digests of arguments leave them out (EVIDENCE). */
const WRITE_ARGUMENTS = { idempotencyKey, confirmationToken, confirm };

/** Answers without evidence: lists, metadata, help. Never handed an appender. What it needs, it says in the type of `ports`. */
export function readTool<Input extends z.ZodObject, Output extends z.ZodObject, Ports>(tool: ReadTool<Input, Output, Ports>): AnyTool {
  return erase({ kind: 'read', class: 'audit', tool });
}

/** Gives content to the caller, and says exactly which. Takes the optional argument `correlationId`. */
export function governedReadTool<Input extends z.ZodObject, Output extends z.ZodObject, Ports, Given>(
  tool: GovernedReadTool<Input, Output, Ports, Given>,
): AnyTool {
  return takingCorrelationId(erase({ kind: 'governedRead', class: 'governed', tool }));
}

/** The same tool with the optional argument `correlationId`, which every governed tool takes. */
export function takingCorrelationId({ kind, class: governance, tool }: AnyTool): AnyTool {
  return erase({ kind, class: governance, tool: { ...tool, input: tool.input.extend({ correlationId }) } });
}

/** Decides on events. Takes the optional arguments `idempotencyKey`, `confirmationToken` and `confirm`. */
export function writeTool<Input extends z.ZodObject, Output extends z.ZodObject, Ports, Prepared, State, Event extends DomainEvent>(
  tool: WriteTool<Input, Output, Ports, Prepared, State, Event>,
): AnyTool {
  return erase({ kind: 'write', class: 'audit', tool: { ...tool, input: tool.input.extend(WRITE_ARGUMENTS) } });
}

/**
 * The one place where a tool's own types are forgotten, so that tools of different shapes stand in one catalogue.
 * Sound because the pipeline only ever hands a tool what the tool's own schema has parsed and its own steps returned.
 */
function erase(tool: { kind: AnyTool['kind']; class: GovernanceClass; tool: unknown }): AnyTool {
  return tool as AnyTool;
}
