import { once } from 'node:events';
import { LIMITS } from '#kernel';
import { type ExtractorProcess, startExtractor } from './extractor-process.ts';
import { createFrameReader, encodeFrame, type Frame } from './frames.ts';
import { Answer, type Claim, type Outcome } from './outcome.ts';

/** `rendition`: as {@link encodeRendition} wrote it; there is one exactly where the status is ok or partial. */
export type Extracted = { readonly outcome: Outcome; readonly rendition: Buffer | null };

/** The document ended the process that read it, which may have been an accident. One sentence for people. */
export type Ended = { readonly ended: string };

export type Extractor = {
  /** One document at a time. Rejects only when it is closed. */
  extract(bytes: Uint8Array, claim: Claim): Promise<Extracted | Ended>;
  /** Ends the process, whatever it is doing. */
  close(): Promise<void>;
  isClosed(): boolean;
};

/** Reads documents in a process that is started when needed, kept while all goes well, and replaced after anything else. */
export function createExtractor(): Extractor {
  let kept: ExtractorProcess | null = null;
  let closed = false;
  let idle: NodeJS.Timeout | undefined;

  async function end(child: ExtractorProcess): Promise<void> {
    if (kept === child) kept = null;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  return {
    async extract(bytes, claim) {
      if (closed) throw new Error('the extractor is closed');
      clearTimeout(idle);
      const child = kept ?? startExtractor();
      kept = child;
      const answer = await ask(child, bytes, claim);
      if (closed) throw new Error('the extractor is closed');
      if ('ended' in answer || answer.last || !HEALTHY.has(answer.extracted.outcome.status)) await end(child);
      else idle = setTimeout(() => void end(child), LIMITS.extractorIdleMilliseconds).unref();
      return 'ended' in answer ? answer : answer.extracted;
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      if (kept !== null) await end(kept);
    },
    isClosed: () => closed,
  };
}

/** After these a process reads on; one that met a broken or hostile document is not trusted with the next. */
const HEALTHY: ReadonlySet<Outcome['status']> = new Set(['ok', 'partial', 'no_text']);

const TOO_LONG: Ended = { ended: `It could not be read within ${LIMITS.extractionMilliseconds / 1000} seconds.` };
const TOO_MUCH: Ended = { ended: 'It could not be read with the memory and time that a document gets.' };
const NO_ANSWER: Ended = { ended: 'What was read from it made no sense.' };

type Asked = { readonly extracted: Extracted; readonly last: boolean } | Ended;

function ask(child: ExtractorProcess, bytes: Uint8Array, claim: Claim): Promise<Asked> {
  return new Promise((resolve) => {
    const take = createFrameReader(LIMITS.extractionAnswerBytes);
    const timer = setTimeout(() => finish(TOO_LONG), LIMITS.extractionMilliseconds);
    const finish = (asked: Asked): void => {
      clearTimeout(timer);
      child.off('exit', exited).off('error', exited);
      child.stdout.off('data', receive);
      resolve(asked);
    };
    const exited = () => finish(TOO_MUCH);
    const receive = (chunk: Buffer): void => {
      try {
        const [frame] = take(chunk);
        if (frame !== undefined) finish(understand(frame));
      } catch {
        finish(NO_ANSWER);
      }
    };
    child.once('exit', exited).once('error', exited);
    child.stdout.on('data', receive);
    // What cannot be written because the process is gone: its exit says so.
    child.stdin.removeAllListeners('error').on('error', () => undefined);
    for (const part of encodeFrame(claim, bytes)) child.stdin.write(part);
  });
}

/** An answer comes from a process that has met a stranger's file: only its form is believed. */
function understand({ header, body }: Frame): Asked {
  const parsed = Answer.safeParse(header);
  if (!parsed.success) return NO_ANSWER;
  const { last, ...outcome } = parsed.data;
  const hasText = outcome.status === 'ok' || outcome.status === 'partial';
  if (hasText !== body.length > 0) return NO_ANSWER;
  return { extracted: { outcome, rendition: hasText ? body : null }, last };
}
