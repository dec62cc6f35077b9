import { readFileSync } from 'node:fs';
import { verifyBundle } from '#ledger';
import { type Command, UsageError } from './command.ts';

export const verify: Command = {
  name: 'verify',
  synopsis: 'BUNDLE.zip --trust trust.json',
  summary: 'Verifies an exported bundle offline, against keys obtained elsewhere. Exit code 0 only when everything holds.',
  options: {
    trust: { type: 'string', value: 'FILE', description: 'Keys and policy to verify against; never taken from the bundle (GET /api/v1/log/trust)' },
    held: { type: 'string', value: 'FILE', description: 'A checkpoint of the same log that you hold from before' },
    json: { type: 'boolean', description: 'Prints every step as JSON' },
  },
  takesOperands: true,
  async run(given) {
    const [bundle, ...others] = given.positionals;
    const trust = given.text('trust');
    if (bundle === undefined || others.length > 0 || trust === null)
      throw new UsageError('Say which bundle and which keys: deponent verify BUNDLE.zip --trust trust.json');
    const held = given.text('held');
    const verification = verifyBundle({
      bundle: read(bundle),
      trust: readJson(trust),
      ...(held === null ? {} : { held: read(held).toString('utf8') }),
    });
    process.stdout.write(given.flag('json') ? `${JSON.stringify(verification.report)}\n` : verification.text);
    return verification.report.ok ? 0 : 1;
  },
};

function readJson(path: string): unknown {
  const text = read(path).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is not JSON.`);
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new UsageError(`${path} cannot be read.`);
  }
}
