import { parseArgs } from 'node:util';
import { crash } from './crash.ts';

/** `npm run test:crash -- --kills 50`: the crash test, as long as one likes. Exit 1 with every problem named. */
const { kills } = parseArgs({ options: { kills: { type: 'string', default: '50' } } }).values;
const started = performance.now();
const { problems, ...report } = await crash(Number(kills), (line) => process.stdout.write(`${line}\n`));
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
for (const problem of problems) process.stdout.write(`PROBLEM ${problem}\n`);
process.stdout.write(`${problems.length} problems after ${kills} kills in ${Math.round((performance.now() - started) / 1_000)} s\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
