import type { z } from 'zod';
import { type Facts, factsOf } from '#event-store';
import type { Principal } from '#identity';
import { deriveKey, hmacSha256, isRefusal, newId, type RandomBytes, type Refusal } from '#kernel';
import { type CatalogueEntry, type DomainEvent, decidedOn, type NewId, type WriteTool } from '#tools';
import { unchanged } from './confirmation/facts.ts';
import { invalid, NO_LONGER_SHOWN } from './confirmation/judge.ts';
import { type Opening, type OpeningMeans, openConfirmation, type WriteArguments } from './confirmation/opening.ts';
import { settle } from './confirmation/settle.ts';
import type { RecordedCall } from './record.ts';
import { NO_FACTS, refused, type Verdict } from './verdict.ts';

type AnyWrite = WriteTool<z.ZodObject, z.ZodObject, unknown, unknown, unknown, DomainEvent>;

/** What a write needs beside the call: reading, time, chance, and where our pages are. No appender. */
export type WriteMeans = OpeningMeans & { readonly publicUrl: string };

/** Prepares and decides a write; whether it then happens is a question of its confirmation, where it changes anything. */
export async function decideWrite(
  entry: Extract<CatalogueEntry, { kind: 'write' }>,
  { confirmationToken, confirm, ...bound }: Record<string, unknown>,
  ports: unknown,
  recorded: RecordedCall,
  means: WriteMeans,
): Promise<Verdict> {
  const { principal } = recorded;
  const given: WriteArguments = { bound, confirmationToken: textOrNone(confirmationToken), confirm: confirm === true };
  const opening = await openConfirmation(entry, given, recorded, means);
  if ('outcome' in opening) return opening;
  const no = (refusal: Refusal) => refused(refusal, opening.kind === 'presented' ? unchanged(opening.found) : NO_FACTS);

  // Sound: each step is handed what the tool's own schema parsed and its own earlier steps returned.
  const tool = entry.tool as unknown as AnyWrite;
  const { idempotencyKey, ...input } = bound;
  const prepared = await tool.prepare(input, ports, principal.caller, newIdsFor(opening, textOrNone(idempotencyKey), entry.name, principal, means.random));
  if (isRefusal(prepared)) return no(prepared);

  const { stream, id } = tool.on(input, prepared);
  const past = await means.events.readStream(stream.nameOf(id));
  const before = past.reduce((state, event) => stream.evolve(state, stream.parse(event.type, JSON.parse(event.body.toString('utf8')))), stream.initial);
  const decision = tool.decide(input, before, { now: means.clock(), prepared });
  if (isRefusal(decision)) return no(decision);

  const { events } = decision;
  const facts = factsOf(decidedOn(stream, { id, revision: past.length }, decision), { vaultKey: principal.keys.vault, ...means });
  const answered = (confirmed: Facts): Verdict => {
    const after = events.reduce((state, event) => stream.evolve(state, event), before);
    const output = tool.result(input, after, prepared, events);
    return { outcome: 'answered', output, governed: false, testimony: null, facts: together(facts, confirmed) };
  };
  if (opening.kind === 'unneeded') return answered(NO_FACTS);
  // Nothing changes, so there is nothing to ask; but who brings a token was shown a change, which somebody else has made since.
  if (events.length === 0) return opening.kind === 'presented' ? no(invalid(NO_LONGER_SHOWN)) : answered(NO_FACTS);
  const preview = tool.preview(input, before, prepared);
  const proposed = { target: { stream: stream.nameOf(id), revision: past.length }, preview, bound, tool: entry };
  const settled = settle(opening, proposed, recorded, means);
  return 'outcome' in settled ? settled : answered(settled);
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function together(some: Facts, more: Facts): Facts {
  return { streams: [...some.streams, ...more.streams], vault: [...some.vault, ...more.vault] };
}

/** New ids repeat themselves under an idempotency key, and between what was shown and what is confirmed. */
function newIdsFor(opening: Opening, idempotencyKey: string | undefined, tool: string, principal: Principal, random: RandomBytes): NewId {
  if (idempotencyKey !== undefined) return repeatableIds(principal, tool, idempotencyKey);
  if ('token' in opening) return repeatableIds(principal, tool, `confirmation ${opening.token.confirmationId}`);
  return (kind) => newId(kind, random);
}

/** Under one key of one person and tool the first new id is always the same, the second likewise, and so on. */
function repeatableIds({ keys, caller }: Principal, toolName: string, key: string): NewId {
  const seed = hmacSha256(keys.idempotency, JSON.stringify([caller.user, toolName, key]));
  let drawn = 0;
  return (kind) => newId(kind, (length) => deriveKey(seed, `id/${drawn++}`).subarray(0, length));
}
