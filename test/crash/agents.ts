import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type House, toolCall } from '../e2e/house.ts';

/** What an agent was told. It keeps this itself: the one witness that the service cannot have changed. */
export type Receipt = {
  readonly recordId: string;
  readonly correlationId: string;
  readonly eventHash: string;
  readonly outcome: 'answered' | 'refused';
  /** Of the text that was read; null where none was. */
  readonly textSha256: string | null;
  /** The version that was saved; null where none was. */
  readonly saved: { readonly contentId: string; readonly version: number; readonly textSha256: string } | null;
};

export type Agents = {
  readonly receipts: readonly Receipt[];
  /** Calls answered `unavailable`, and how many milliseconds the slowest of them waited. */
  readonly unavailable: { calls: number; slowest: number };
  /** Calls whose connection broke before an answer: what becomes of a process killed with -9. */
  readonly unanswered: readonly string[];
  /** Answers that no agent should ever get, calls that hung. */
  readonly wrong: readonly string[];
  /** Resolves when every agent has heard the end of its last call. */
  callBack(): Promise<void>;
};

const AGENTS = 16;
const READS_PER_ROUND = 6;
const ROUNDS_PER_TASK = 4;
const HANGS_MILLISECONDS = 60_000;

/**
 * Sixteen agents that work until they are called back: governed reads, a save, a call that is refused, and again, each
 * under a correlation id of its own that changes now and then. `between` is how long an agent thinks between two calls.
 */
export function sendAgents(house: House, fileIds: readonly string[], between = 25): Agents {
  const receipts: Receipt[] = [];
  const unavailable = { calls: 0, slowest: 0 };
  const unanswered: string[] = [];
  const wrong: string[] = [];
  let called = false;

  async function work(agent: number): Promise<void> {
    for (let round = 0; !called; round++) {
      const correlationId = `agent-${agent}/task-${Math.floor(round / ROUNDS_PER_TASK)}`;
      for (let read = 0; read < READS_PER_ROUND && !called; read++) {
        const start = 1 + ((round * 7 + read * 13) % 100);
        const contentId = fileIds[(agent + read + round) % fileIds.length];
        await ask('content_retrieve_file_content', { contentId, lines: { start, end: start + 20 }, correlationId });
      }
      await ask('content_save_file', noteOf(house, agent, round), { 'deponent/correlationId': correlationId });
      await ask('content_retrieve_file_content', { contentId: 'con_aaaaaaaaaaaaaaaaaaaaaaaaaa', correlationId });
    }
  }

  async function ask(tool: string, given: Record<string, unknown>, meta: Record<string, unknown> = {}): Promise<void> {
    const asked = performance.now();
    try {
      const response = await fetch(house.mcpUrl, {
        method: 'POST',
        headers: house.headersFor(toolCall(tool, given)),
        body: JSON.stringify(toolCall(tool, given, meta)),
        signal: AbortSignal.timeout(HANGS_MILLISECONDS),
      });
      const text = await response.text();
      const waited = performance.now() - asked;
      const heard = hear(given, response.status, text);
      if (heard === 'wrong') wrong.push(`${response.status} after ${Math.round(waited)} ms: ${text}`);
      else if (heard !== 'unavailable') receipts.push(heard);
      else Object.assign(unavailable, { calls: unavailable.calls + 1, slowest: Math.max(unavailable.slowest, waited) });
    } catch (error) {
      // Errors of fetch may come from another realm: told by what they say.
      if (String(error).startsWith('TimeoutError')) wrong.push(`${tool} hung for ${HANGS_MILLISECONDS} ms`);
      else unanswered.push(String(error));
      await pause(50);
    }
    await pause(between);
  }

  const working = Promise.all(Array.from({ length: AGENTS }, (_, agent) => work(agent)));
  return {
    receipts,
    unavailable,
    unanswered,
    wrong,
    async callBack() {
      called = true;
      await working;
    },
  };
}

function noteOf({ firstRun: { siteId } }: House, agent: number, round: number) {
  return { siteId, name: `note-${agent}-${round}.md`, content: `Note ${round} of agent ${agent}: ${Math.random()}\n` };
}

function hear(given: Record<string, unknown>, status: number, text: string): Receipt | 'unavailable' | 'wrong' {
  const { result } = status === 200 ? JSON.parse(text) : { result: null };
  const told = result?._meta?.['deponent/call'] ?? null;
  const said = result?.structuredContent;
  if (said?.error?.code === 'unavailable') return isUnavailable(result) ? 'unavailable' : 'wrong';
  if (told === null) return 'wrong';
  if (said.error?.code === 'not_found' && said.error.traceId === told.recordId) return { ...told, outcome: 'refused', textSha256: null, saved: null };
  if (result.isError === true) return 'wrong';
  if (typeof said.text === 'string' && said.textSha256 === sha256(said.text)) {
    return { ...told, outcome: 'answered', textSha256: said.textSha256, saved: null };
  }
  if (said.created !== true) return 'wrong';
  const saved = { contentId: said.contentId, version: said.version, textSha256: sha256(String(given.content)) };
  return { ...told, outcome: 'answered', textSha256: null, saved };
}

/** CONTRACT: cannot be recorded. It names no record, because there may be none, and gives nothing of the organisation's. */
// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire.
function isUnavailable({ isError, structuredContent, _meta }: any): boolean {
  const { error, ...other } = structuredContent;
  const nothingElse = Object.keys(other).length === 0 && _meta?.['deponent/call'] === undefined;
  return isError === true && error.traceId === null && Number.isInteger(error.retryAfterSeconds) && nothingElse;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
