import { run as append } from './append.ts';
import { run as authority } from './authority.ts';
import { run as reads } from './reads.ts';
import { run as retrieval } from './retrieval.ts';
import { run as sealing } from './sealing.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = { append, authority, sealing, reads, retrieval };

/** `npm run bench` runs all; `npm run bench -- reads` the named ones. */
const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(BENCHMARKS).join(', ')}.\n`);
  process.exit(1);
}
for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (named.length === 0 || named.includes(name)) await benchmark();
}
