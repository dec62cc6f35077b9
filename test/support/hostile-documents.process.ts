import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { docx, pdf, pdfBomb } from '../../libs/content/extraction/documents.fixture.ts';
import { createExtractor } from '../../libs/content/extraction/extractor.ts';

/** A server that does nothing but have hostile documents read: prints what became of them, how late its timers were and those of an idle thread beside, and how much it grew. */

const MEBI = 1024 * 1024;
const UNKNOWN = { extension: '', contentType: 'application/octet-stream' };
const HTML = { extension: 'html', contentType: 'text/html' };

const extractor = createExtractor();
await extractor.extract(pdf([['started']]), UNKNOWN);
const documents = [
  { bytes: pdfBomb(1_000), claim: UNKNOWN },
  { bytes: Buffer.concat([pdf([['before it']]), randomBytes(49 * MEBI)]), claim: UNKNOWN },
  { bytes: Buffer.from('<div>'.repeat(200_000)), claim: HTML },
  { bytes: docx('<w:p>'.repeat(200_000)), claim: UNKNOWN },
  { bytes: docx('', [{ name: 'bomb', content: Buffer.alloc(60 * MEBI) }]), claim: UNKNOWN },
];
await pause(500);

const before = process.memoryUsage.rss();
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 20);
const control = new Worker(
  `const { parentPort } = require('node:worker_threads');
   const lag = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 5 });
   lag.enable();
   parentPort.once('message', () => parentPort.postMessage(lag.max / 1e6));`,
  { eval: true },
);
await once(control, 'online');
const lag = monitorEventLoopDelay({ resolution: 5 });
lag.enable();
const outcomes: unknown[] = [];
for (const { bytes, claim } of documents) {
  const read = await extractor.extract(bytes, claim);
  outcomes.push('ended' in read ? ['ended', read.ended] : [read.outcome.status, read.outcome.reason]);
}
lag.disable();
control.postMessage('how late?');
const [controlMilliseconds] = await once(control, 'message');
clearInterval(watch);
await extractor.close();
process.stdout.write(JSON.stringify({ outcomes, lagMilliseconds: lag.max / 1e6, controlMilliseconds, grownMebibytes: (most - before) / MEBI }));
