import type { Principal } from '#identity';
import { type Refusal, refuse } from '#kernel';
import type { Catalogue, CatalogueEntry } from '#tools';
import type { Call } from './call.ts';
import { mcpOff, offered, readOnlyDenies } from './policy.ts';

/** The tool of that name at this endpoint, as the policy offers it. Unknown, hidden and disabled are one answer: null. */
export function findTool(call: Pick<Call, 'toolName' | 'pack'>, catalogue: Catalogue, principal: Principal): CatalogueEntry | null {
  const entry = catalogue.find(call.toolName);
  return entry !== undefined && atEndpoint(entry, call.pack) ? offered(entry, catalogue, principal) : null;
}

/** What `tools/list` shows this caller at an endpoint: what it could call there now. */
export function visibleTools(catalogue: Catalogue, pack: string | null, principal: Principal): CatalogueEntry[] {
  if (mcpOff(principal) !== null) return [];
  return catalogue.entries
    .filter((entry) => atEndpoint(entry, pack) && mayUse(entry, principal) === null && readOnlyDenies(entry, principal) === null)
    .map((entry) => offered(entry, catalogue, principal))
    .filter((entry) => entry !== null);
}

function atEndpoint(entry: CatalogueEntry, pack: string | null): boolean {
  return pack === null || entry.pack === pack;
}

/** Scopes in which a person may at least ask for help. */
const HELP_SCOPES: ReadonlySet<string> = new Set(['mcp:read', 'mcp:write']);

/** Null: the credential's scopes allow it. A key with `mcp:write` alone may still read the help (CONTRACT). */
export function mayUse(entry: CatalogueEntry, { caller }: Principal): Refusal | null {
  const { scope, name } = entry.tool;
  if (caller.scopes.has(scope)) return null;
  if (name.endsWith('_help') && [...HELP_SCOPES].some((help) => caller.scopes.has(help))) return null;
  return refuse('scope_missing', `This credential lacks the scope ${scope}.`, { requiredScopes: [scope] });
}
