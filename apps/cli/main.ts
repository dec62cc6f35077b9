import { type Command, help, readCommandLine, UsageError } from './command.ts';
import { doctor } from './doctor.command.ts';
import { firstRun } from './first-run.command.ts';
import { importFolder } from './import.command.ts';
import { key } from './key.command.ts';
import { organization } from './organization.command.ts';
import { rebuild } from './rebuild.command.ts';
import { start } from './start.command.ts';
import { verify } from './verify.command.ts';
import { worker } from './worker.command.ts';

const COMMANDS: readonly Command[] = [start, importFolder, verify, rebuild, doctor, key, organization, firstRun];

/** Started by `start` for what must not share a process with calls; of no use by hand. */
const INTERNAL: readonly Command[] = [worker];

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(overview());
    return name === undefined ? 2 : 0;
  }
  const command = [...COMMANDS, ...INTERNAL].find((one) => one.name === name);
  if (command === undefined) throw new UsageError(`There is no command "${name}". There are: ${COMMANDS.map((one) => one.name).join(', ')}.`);
  if (args.includes('--help')) {
    process.stdout.write(help(command));
    return 0;
  }
  return command.run(readCommandLine(command, args));
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `deponent <command>\n\nProvable evidence of what AI agents were given.\n\nCommands:\n${lines.join('\n')}\n\ndeponent <command> --help shows its options. Settings, files and messages: docs/OPERATE.md\n`;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const expected = error instanceof Error && EXPECTED.has(error.name);
    process.stderr.write(`deponent: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);

/** Errors whose message is meant for whoever runs the command; all others are defects and show where they come from. */
const EXPECTED = new Set([
  'UsageError',
  'SettingError',
  'DataDirectoryInUse',
  'DataDirectoryUnusable',
  'DatabaseUnreachable',
  'NotDurable',
  'CannotListen',
  'FirstRunExposed',
]);
