import { LIMITS } from '#kernel';
import { renditionOf } from '../../lines.ts';
import { encodeRendition } from '../../rendition.ts';
import { createFrameReader, encodeFrame, type Frame } from '../frames.ts';
import { type Answer, Claim, withoutText } from '../outcome.ts';
import { readDocument } from '../readers/read-document.ts';

/**
 * Reads documents of strangers: in a process of its own, which holds no secret, may write nothing and start nothing,
 * and is ended from outside when it takes too much. One document after the other, until its input ends.
 */
async function serve(): Promise<void> {
  const take = createFrameReader(LIMITS.importedFileBytes);
  for await (const chunk of process.stdin) {
    for (const frame of take(chunk)) {
      const { answer, rendition } = await read(frame);
      for (const part of encodeFrame(answer, rendition)) await write(part);
    }
  }
}

const NOTHING = Buffer.alloc(0);

async function read({ header, body }: Frame): Promise<{ readonly answer: Answer; readonly rendition: Buffer }> {
  const { outcome, text } = await readDocument(body, Claim.parse(header));
  if (text === null) return { answer: { ...outcome, last: isLast() }, rendition: NOTHING };
  const rendition = encodeRendition(renditionOf(text));
  if (rendition.length <= LIMITS.extractionAnswerBytes) return { answer: { ...outcome, last: isLast() }, rendition };
  const refused = withoutText('refused', 'Its text is cut into more lines than any document has.', outcome.contentType);
  return { answer: { ...refused, last: true }, rendition: NOTHING };
}

/** Whether too little processor time or memory is left for another document. */
function isLast(): boolean {
  const { user, system } = process.cpuUsage();
  const seconds = (user + system) / 1_000_000;
  return seconds > LIMITS.extractorCpuSeconds - LIMITS.extractionCpuSeconds || process.memoryUsage.rss() > LIMITS.extractorIdleBytes;
}

function write(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())));
}

await serve();
