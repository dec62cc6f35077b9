import type { z } from 'zod';
import { type EventReader, factsOf } from '#event-store';
import type { Principal } from '#identity';
import { type Clock, deriveKey, hmacSha256, isRefusal, newId, type RandomBytes } from '#kernel';
import { type AnyTool, type CatalogueEntry, type DomainEvent, decidedOn, type NewId, type WriteTool } from '#tools';
import { answeredAudit, answeredGoverned, refused, type Verdict } from './verdict.ts';

/** What deciding needs beside the call: reading, time, chance. No appender. */
export type DecisionMeans = { readonly events: EventReader; readonly clock: Clock; readonly random: RandomBytes };

/** Asks the tool. Everything a tool can say becomes a verdict; what it throws is for the caller to catch. */
export async function decide(
  entry: CatalogueEntry,
  input: Record<string, unknown>,
  ports: unknown,
  principal: Principal,
  means: DecisionMeans,
): Promise<Verdict> {
  switch (entry.kind) {
    case 'read':
      return answerRead(entry.tool, input, ports, principal);
    case 'governedRead':
      return answerGoverned(entry.tool, input, ports, principal);
    case 'write':
      return decideWrite(entry, input, ports, principal, means);
  }
}

// A tool's own input, ports and intermediate types were forgotten in the catalogue (tools/definition, `erase`).

async function answerRead(
  tool: Extract<AnyTool, { kind: 'read' }>['tool'],
  input: Record<string, unknown>,
  ports: unknown,
  { caller }: Principal,
): Promise<Verdict> {
  // Sound: the ports are those of the tool's own pack.
  const output = await tool.answer(input, ports as never, caller);
  return isRefusal(output) ? refused(output) : answeredAudit(output);
}

async function answerGoverned(
  tool: Extract<AnyTool, { kind: 'governedRead' }>['tool'],
  { correlationId: _group, ...input }: Record<string, unknown>,
  ports: unknown,
  principal: Principal,
): Promise<Verdict> {
  // Sound: the ports are those of the tool's own pack.
  const given = await tool.answer(input, ports as never, principal.caller);
  if (isRefusal(given)) return refused(given);
  const testimony = principal.policy.governance.active ? tool.testify(input, given) : null;
  return answeredGoverned(tool.result(input, given), testimony);
}

type AnyWrite = WriteTool<z.ZodObject, z.ZodObject, unknown, unknown, unknown, DomainEvent>;

async function decideWrite(
  entry: Extract<CatalogueEntry, { kind: 'write' }>,
  { idempotencyKey, ...input }: Record<string, unknown>,
  ports: unknown,
  principal: Principal,
  means: DecisionMeans,
): Promise<Verdict> {
  // Sound: each step is handed what the tool's own schema parsed and its own earlier steps returned.
  const tool = entry.tool as unknown as AnyWrite;
  const newIdOf = typeof idempotencyKey === 'string' ? repeatableIds(principal, entry.name, idempotencyKey) : freshIds(means.random);
  const prepared = await tool.prepare(input, ports, principal.caller, newIdOf);
  if (isRefusal(prepared)) return refused(prepared);

  const { stream, id } = tool.on(input, prepared);
  const past = await means.events.readStream(stream.nameOf(id));
  const before = past.reduce((state, event) => stream.evolve(state, stream.parse(event.type, JSON.parse(event.body.toString('utf8')))), stream.initial);
  const decision = tool.decide(input, before, { now: means.clock(), prepared });
  if (isRefusal(decision)) return refused(decision);

  const { events } = decision;
  const after = events.reduce((state, event) => stream.evolve(state, event), before);
  return {
    outcome: 'answered',
    output: tool.result(input, after, prepared, events),
    governed: false,
    testimony: null,
    facts: factsOf(decidedOn(stream, { id, revision: past.length }, decision), { vaultKey: principal.keys.vault, ...means }),
  };
}

function freshIds(random: RandomBytes): NewId {
  return (kind) => newId(kind, random);
}

/** Under one idempotency key of one person and tool the first new id is always the same, the second likewise, and so on. */
function repeatableIds({ keys, caller }: Principal, toolName: string, idempotencyKey: string): NewId {
  const seed = hmacSha256(keys.idempotency, JSON.stringify([caller.user, toolName, idempotencyKey]));
  let drawn = 0;
  return (kind) => newId(kind, (length) => deriveKey(seed, `id/${drawn++}`).subarray(0, length));
}
