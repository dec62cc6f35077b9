import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const text = z.string().min(1);

/** Every setting, by the name it has in `deponent.config.json`. `DEPONENT_DATA_DIRECTORY` and so on set the same from the environment. */
const SETTINGS = z.strictObject({
  dataDirectory: text.default('.deponent').describe('Where everything is kept'),
  host: text.default('127.0.0.1').describe('The address to listen on'),
  mcpPort: port.default(3000).describe('Port of the MCP endpoint; 0 takes a free one'),
  governancePort: port.default(3001).describe('Port of the governance API and console; 0 takes a free one'),
  publicUrl: z.url().optional().describe('The URL under which agents reach the MCP endpoint, where it is not http://<host>:<mcp port>'),
  databaseUrl: text.optional().describe('A PostgreSQL of yours (15 or later) instead of the embedded one; DATABASE_URL sets it too'),
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
  const file = resolve(directory, environment.DEPONENT_CONFIG ?? 'deponent.config.json');
  const parsed = SETTINGS.safeParse({ ...fromFile(file), ...fromEnvironment(environment), ...defined(flags) });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${settingOf(issue)}: ${issue.message}`);
    throw new SettingError(`These settings cannot be used:\n  ${problems.join('\n  ')}`);
  }
  return { ...parsed.data, dataDirectory: resolve(directory, parsed.data.dataDirectory) };
}

function settingOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return issue.keys.join(', ');
  const name = issue.path.join('.');
  return `${name} (${variableOf(name)})`;
}

function variableOf(name: string): string {
  return `DEPONENT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const named = Object.keys(SETTINGS.shape).map((name) => [name, environment[variableOf(name)]] as const);
  return defined({ databaseUrl: environment.DATABASE_URL, ...defined(Object.fromEntries(named)) });
}

function fromFile(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new SettingError(`${file} is not a JSON object: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
