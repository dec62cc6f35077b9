import { ID_PREFIXES } from '#kernel';
import { groupOfOne } from '#ledger';
import type { RecordFilters } from './filters.ts';

/** Parameters of one statement, and how each is called in it. */
export type Values = { readonly list: unknown[]; add(value: unknown): string };

export function values(...first: unknown[]): Values {
  return { list: first, add: (value) => `$${first.push(value)}` };
}

/** What `q` means beyond prefixes of what the views hold: clients that are called so, groups with that external id. */
export type Hits = { readonly clients: readonly string[]; readonly groups: readonly string[] };

/** SQL conditions over a view of records named `v`. Values are always parameters, and nobody's text is a pattern. */
export function conditions(filters: RecordFilters, hits: Hits, parameters: Values): string[] {
  const found: string[] = [];
  const oneOf = (column: string, wanted: readonly string[] | undefined) => {
    if (wanted !== undefined) found.push(`${column} = any (${parameters.add(wanted)}::text[])`);
  };
  if (filters.from !== undefined) found.push(`v.recorded_at >= ${parameters.add(filters.from)}`);
  if (filters.to !== undefined) found.push(`v.recorded_at < ${parameters.add(filters.to)}`);
  oneOf('v.actor', filters.actorId);
  oneOf('v.client', filters.clientId);
  oneOf('v.group_id', filters.correlationId);
  oneOf('v.tool', filters.tool);
  oneOf('v.kind', filters.kind);
  oneOf('v.outcome', filters.outcome);
  oneOf('v.class', filters.class);
  if (filters.contentId !== undefined) found.push(delivered(`e.content_ids && ${parameters.add(filters.contentId)}::text[]`));
  if (filters.q !== undefined) found.push(`(${matches(filters.q, hits, parameters).join(' or ')})`);
  return found;
}

/** Which columns hold ids that begin so: a word is looked for only where it can be found. */
const IDS: readonly [column: string, prefix: string][] = [
  ['v.group_id', 'cor_'],
  ['v.group_id', groupOfOne('')],
  ['v.actor', `${ID_PREFIXES.user}_`],
  ['v.client', `${ID_PREFIXES.client}_`],
];
const CONTENT_PREFIX = `${ID_PREFIXES.content}_`;
const UUID_START = /^[0-9a-f-]+$/;

function matches(words: readonly string[], hits: Hits, parameters: Values): string[] {
  const found = [`v.client = any (${parameters.add(hits.clients)}::text[])`, `v.group_id = any (${parameters.add(hits.groups)}::text[])`];
  for (const word of words) {
    const value = parameters.add(word);
    const columns = IDS.filter(([, prefix]) => agree(word, prefix)).map(([column]) => column);
    if (UUID_START.test(word)) columns.push('v.record_id');
    for (const column of [...new Set(columns), 'v.tool']) found.push(`starts_with(${column}, ${value})`);
    if (agree(word, CONTENT_PREFIX)) found.push(delivered(`exists (select from unnest(e.content_ids) as content_id where starts_with(content_id, ${value}))`));
  }
  return found;
}

function agree(word: string, prefix: string): boolean {
  return word.startsWith(prefix) || prefix.startsWith(word);
}

function delivered(condition: string): string {
  return `exists (select from evidence_records_view e where e.organization = v.organization and e.record_id = v.record_id and ${condition})`;
}
