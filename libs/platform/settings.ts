import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { LIMITS } from '#kernel';

const PORT = 'must be a port, 0 to 65535';
const port = z.coerce.number(PORT).int(PORT).min(0, PORT).max(65_535, PORT);
const text = z.string().min(1);

function count(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number(error).int(error).min(least, error).max(most, error);
}

/** Every setting, by the name it has in `deponent.config.json`. `DEPONENT_DATA_DIRECTORY` and so on set the same from the environment. */
export const SETTINGS = z.strictObject({
  dataDirectory: text.default('.deponent').describe('Where everything is kept'),
  host: text.default('127.0.0.1').describe('The address to listen on'),
  mcpPort: port.default(3000).describe('Port of the MCP endpoint; 0 takes a free one'),
  governancePort: port.default(3001).describe('Port of the governance API and console; 0 takes a free one'),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'must be a URL like https://deponent.example.org' })
    .optional()
    .describe('The URL under which agents reach the MCP endpoint, where it is not http://HOST:PORT of the settings'),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a URL like postgresql://user:password@host:5432/name')
    .optional()
    .describe('A PostgreSQL of yours (15 or later) instead of the embedded one; DATABASE_URL sets it too'),
  rateLimitCalls: count(0, LIMITS.callsPerWindow)
    .default(600)
    .describe('Calls of one credential in one window; its organisation has ten times as many; 0: no limit'),
  rateLimitWindowS: count(1, LIMITS.callWindowSeconds).default(900).describe('Length of that window in seconds'),
  deploymentKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
    .optional()
    .describe('The key under which all other keys rest, where it is not to be a file in the data directory'),
});

export type Settings = z.infer<typeof SETTINGS>;

/** A setting that cannot be used. The message names it. */
class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * Command line over environment over `deponent.config.json` over defaults.
 *
 * @throws SettingError naming the setting and where it came from.
 */
export function readSettings(flags: Readonly<Record<string, unknown>>, environment: NodeJS.ProcessEnv, directory: string): Settings {
  const parsed = SETTINGS.safeParse({ ...fromFile(directory, environment.DEPONENT_CONFIG), ...fromEnvironment(environment), ...defined(flags) });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${settingOf(issue)} ${issue.code === 'unrecognized_keys' ? 'is no setting' : issue.message}`);
    throw new SettingError(`These settings cannot be used:\n  ${problems.join('\n  ')}`);
  }
  return { ...parsed.data, dataDirectory: resolve(directory, parsed.data.dataDirectory) };
}

function settingOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return issue.keys.join(', ');
  const name = issue.path.join('.');
  return `${name} (${variableOf(name)})`;
}

export function variableOf(name: string): string {
  return `DEPONENT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const named = Object.keys(SETTINGS.shape).map((name) => [name, environment[variableOf(name)]] as const);
  return defined({ databaseUrl: environment.DATABASE_URL, ...defined(Object.fromEntries(named)) });
}

/** The usual file may be absent, one that is named may not. */
function fromFile(directory: string, named: string | undefined): Record<string, unknown> {
  const file = resolve(directory, named ?? 'deponent.config.json');
  if (named === undefined && !existsSync(file)) return {};
  try {
    const { success, data } = z.record(z.string(), z.unknown()).safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (success) return data;
  } catch (error) {
    throw new SettingError(`The settings in ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new SettingError(`${file} does not hold a JSON object.`);
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
