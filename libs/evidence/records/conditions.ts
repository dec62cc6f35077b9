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
  if (filters.q !== undefined) found.push(matches(parameters.add(filters.q), hits, parameters));
  return found;
}

const PREFIXED = ['v.record_id', 'v.group_id', 'v.actor', 'v.client', 'v.tool'];

function matches(words: string, hits: Hits, parameters: Values): string {
  const prefixed = PREFIXED.map((column) => `starts_with(${column}, word)`);
  const content = delivered('exists (select from unnest(e.content_ids) as content_id where starts_with(content_id, word))');
  return `(exists (select from unnest(${words}::text[]) as word where ${[...prefixed, content].join(' or ')})
           or v.client = any (${parameters.add(hits.clients)}::text[]) or v.group_id = any (${parameters.add(hits.groups)}::text[]))`;
}

function delivered(condition: string): string {
  return `exists (select from evidence_records_view e where e.organization = v.organization and e.record_id = v.record_id and ${condition})`;
}
