import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readSettings, SETTINGS, variableOf } from './settings.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'deponent-settings-'));
  writeFileSync(join(directory, 'deponent.config.json'), '{"mcpPort": 4000, "governancePort": 4001}');
  writeFileSync(join(directory, 'list.json'), '[]');
  writeFileSync(join(directory, 'typo.json'), '{"mcpPrt": 4000}');
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('settings', () => {
  it('are read from the command line before the environment before the file before the defaults', () => {
    const settings = readSettings(
      { mcpPort: '4200' },
      { DEPONENT_MCP_PORT: '4100', DEPONENT_GOVERNANCE_PORT: '4101', DATABASE_URL: 'postgres://a/b' },
      directory,
    );
    expect(settings).toMatchObject({ mcpPort: 4200, governancePort: 4101, databaseUrl: 'postgres://a/b', host: '127.0.0.1' });
    expect(readSettings({}, {}, directory)).toMatchObject({ mcpPort: 4000, dataDirectory: join(directory, '.deponent') });
  });

  it.each([
    ['a port that is none', { DEPONENT_MCP_PORT: 'http' }, 'mcpPort (DEPONENT_MCP_PORT) must be a port, 0 to 65535'],
    ['a port beyond all', { DEPONENT_GOVERNANCE_PORT: '70000' }, 'governancePort (DEPONENT_GOVERNANCE_PORT) must be a port'],
    ['a URL that is none', { DEPONENT_PUBLIC_URL: 'example' }, 'publicUrl (DEPONENT_PUBLIC_URL) must be a URL'],
    ['a database of another kind', { DATABASE_URL: 'mysql://a/b' }, 'databaseUrl (DEPONENT_DATABASE_URL) must be a URL like postgresql://'],
    ['a setting that does not exist', { DEPONENT_CONFIG: 'typo.json' }, 'mcpPrt is no setting'],
    ['a file without settings', { DEPONENT_CONFIG: 'list.json' }, 'does not hold a JSON object'],
    ['a file that is not there', { DEPONENT_CONFIG: 'absent.json' }, 'absent.json cannot be read'],
  ])('say what is wrong with %s', (_, environment, message) => {
    expect(() => readSettings({}, environment, directory)).toThrow(message);
  });

  it('stand in docs/OPERATE.md, each with its variable, its default and its meaning, and no other', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/OPERATE.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.includes('| `DEPONENT_'));
    const { properties = {} } = z.toJSONSchema(SETTINGS);
    const wanted = Object.entries(properties).map(([name, schema]) => {
      const { default: usual, description } = z.object({ default: z.union([z.string(), z.number()]).optional(), description: z.string() }).parse(schema);
      return `| \`${name}\` | \`${variableOf(name)}\` | ${usual === undefined ? '' : `\`${usual}\` `}| ${description} |`;
    });
    expect(rows).toEqual(wanted);
  });
});
