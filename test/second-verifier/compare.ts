import { canRunSecond, compareHonest, compareMutated } from './verifiers.ts';

/** `npm run test:verifiers [-- SEED]`: 1,000 honest and 1,000 mutated bundles before both verifiers. Ends with 1 where they disagree. */

const EACH = 1_000;
const AT_ONCE = 100;

if (!canRunSecond()) {
  process.stderr.write('The second verifier needs python3 (3.9 or newer) and openssl.\n');
  process.exit(2);
}
const seed = Number(process.argv[2] ?? 1);
let disagreements = 0;
for (const [what, compare] of Object.entries({
  'honest bundles, accepted by both': compareHonest,
  'mutated bundles, refused by both at the same step': compareMutated,
})) {
  let found = 0;
  for (let done = 0; done < EACH; done += AT_ONCE) {
    for (const line of compare(seed + done, AT_ONCE)) {
      found++;
      process.stdout.write(`${line}\n`);
    }
  }
  disagreements += found;
  process.stdout.write(`${EACH - found} of ${EACH} ${what}\n`);
}
process.exitCode = disagreements === 0 ? 0 : 1;
