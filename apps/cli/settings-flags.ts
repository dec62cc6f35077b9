import type { Given, Option } from './command.ts';

/** The option that every command on a data directory takes. */
export const dataOption = { data: { type: 'string', value: 'DIR', description: 'Where everything is kept (default .deponent)' } } satisfies Record<
  string,
  Option
>;

/** The settings among a command's options. */
export function settingsFlags(given: Given): Record<string, unknown> {
  return {
    dataDirectory: given.text('data') ?? undefined,
    mcpPort: given.text('mcp-port') ?? undefined,
    governancePort: given.text('governance-port') ?? undefined,
    publicUrl: given.text('public-url') ?? undefined,
  };
}
