import { parseArgs } from 'node:util';

export type Option = {
  readonly type: 'string' | 'boolean';
  /** What stands after the option in the help: `DIR`. */
  readonly value?: string;
  readonly description: string;
};

export type Given = {
  /** Null where the option was not given. */
  text(option: string): string | null;
  flag(option: string): boolean;
  readonly positionals: readonly string[];
};

export type Command = {
  readonly name: string;
  /** What follows the name on the command line, as in a manual page. */
  readonly synopsis: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Whether anything but options may follow the name. */
  readonly takesOperands?: true;
  /** Resolves to the exit code. */
  run(given: Given): Promise<number>;
};

/** What was typed cannot be done as typed. The message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function readCommandLine(command: Command, args: readonly string[]): Given {
  const options = Object.fromEntries(Object.entries(command.options).map(([name, { type }]) => [name, { type }]));
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean' } }, allowPositionals: command.takesOperands ?? false, strict: true });
  } catch (error) {
    // Node says in its first sentence what is wrong, and then how to write options that begin in unusual ways.
    const [what] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new UsageError(`${what}. See: deponent ${command.name} --help`);
  }
  const { values, positionals } = parsed;
  const text = (option: string) => {
    const value = values[option];
    return typeof value === 'string' ? value : null;
  };
  return { text, flag: (option) => values[option] === true, positionals };
}

export function help(command: Command): string {
  const options = { ...command.options, help: { type: 'boolean', description: 'Shows this' } } satisfies Record<string, Option>;
  const left = Object.entries<Option>(options).map(([name, { value }]) => `--${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...left.map(({ length }) => length));
  const lines = Object.values(options).map(({ description }, at) => `  ${(left[at] ?? '').padEnd(width)}  ${description}`);
  return `deponent ${command.name}${command.synopsis === '' ? '' : ` ${command.synopsis}`}\n\n${command.summary}\n\nOptions:\n${lines.join('\n')}\n`;
}
