import type { Principal } from '#identity';
import { isRefusal } from '#kernel';
import type { AnyTool, CatalogueEntry } from '#tools';
import { decideWrite, type WriteMeans } from './decide-write.ts';
import { testifyingToResult } from './policy.ts';
import type { RecordedCall } from './record.ts';
import { answeredAudit, answeredGoverned, refused, type Verdict } from './verdict.ts';

/** Asks the tool. Everything a tool can say becomes a verdict; what it throws is for the caller to catch. */
export async function decide(
  entry: CatalogueEntry,
  { correlationId: _group, ...input }: Record<string, unknown>,
  ports: unknown,
  recorded: RecordedCall,
  means: WriteMeans,
): Promise<Verdict> {
  const verdict = await askTool(entry, input, ports, recorded, means);
  return entry.governed ? testifyingToResult(verdict, recorded.principal) : verdict;
}

async function askTool(entry: CatalogueEntry, input: Record<string, unknown>, ports: unknown, recorded: RecordedCall, means: WriteMeans): Promise<Verdict> {
  const { principal } = recorded;
  switch (entry.kind) {
    case 'read':
      return answerRead(entry.tool, input, ports, principal);
    case 'governedRead':
      return answerGoverned(entry.tool, input, ports, principal);
    case 'write':
      return decideWrite(entry, input, ports, recorded, means);
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
  input: Record<string, unknown>,
  ports: unknown,
  principal: Principal,
): Promise<Verdict> {
  // Sound: the ports are those of the tool's own pack.
  const given = await tool.answer(input, ports as never, principal.caller);
  if (isRefusal(given)) return refused(given);
  const testimony = principal.policy.governance.active ? tool.testify(input, given) : null;
  return answeredGoverned(tool.result(input, given), testimony);
}
