import { relative } from 'node:path';
import { floatingPromises, programOf } from './promises.ts';

const found = floatingPromises(programOf(process.cwd()));
for (const { file, line, text } of found) process.stdout.write(`${relative('.', file)}:${line} ${text}\n`);
process.stdout.write(`${found.length} promises that nobody waits for\n`);
process.exitCode = found.length > 0 ? 1 : 0;
