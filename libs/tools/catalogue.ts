import { z } from 'zod';
import { jcs, sha256Uri } from '#kernel';
import { type AnyTool, takingCorrelationId } from './definition.ts';
import { Evidence } from './evidence.ts';

/** A pack: tools of one domain, and how the ports that they ask for are made for one caller. */
export type Pack = { readonly name: string; readonly tools: readonly AnyTool[] };

export type CatalogueEntry = AnyTool & {
  readonly name: string;
  readonly pack: string;
  /** Its answers carry evidence: by its own class, or because a policy raised it. */
  readonly governed: boolean;
  /** `sha256:…` of name, title, description, schemas, annotations, scope, class and confirmation rule: what was on offer when a call was made. */
  readonly definition: string;
  /** As `tools/list` shows it (MCP 2026-07-28, Tool). Made once at start. */
  readonly listing: ToolListing;
};

export type ToolListing = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown };
  readonly outputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown };
  readonly annotations: {
    readonly title: string;
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
};

export type Catalogue = {
  readonly entries: readonly CatalogueEntry[];
  find(name: string): CatalogueEntry | undefined;
  /** A tool as it is on offer where a policy raises it to governed. One that is governed by itself stays as it is. */
  raised(entry: CatalogueEntry): CatalogueEntry;
};

/** Puts packs together. Throws on a repeated name: a defect that must not reach a client. */
export function catalogue(packs: readonly Pack[]): Catalogue {
  const byName = new Map<string, CatalogueEntry>();
  for (const pack of packs) {
    for (const tool of pack.tools) {
      const entry = describe(pack.name, tool, tool.class === 'governed');
      if (byName.has(entry.name)) throw new Error(`two tools are called ${entry.name}`);
      byName.set(entry.name, entry);
    }
  }
  const entries = [...byName.values()];
  const raised = new Map(entries.map((entry) => [entry.name, entry.governed ? entry : describe(entry.pack, takingCorrelationId(entry), true)]));
  return { entries, find: (name) => byName.get(name), raised: (entry) => raised.get(entry.name) ?? entry };
}

function describe(pack: string, any: AnyTool, governed: boolean): CatalogueEntry {
  const { name, title, description, scope, confirmation, hints, input, output } = any.tool;
  const released = governed ? output.extend({ evidence: Evidence }) : output;
  const listing: ToolListing = {
    name,
    title,
    description,
    inputSchema: objectSchema(input, 'input'),
    outputSchema: objectSchema(released, 'output'),
    annotations: { title, readOnlyHint: hints.readOnly, destructiveHint: hints.destructive, idempotentHint: hints.idempotent, openWorldHint: hints.openWorld },
  };
  const definition = sha256Uri(jcs({ ...listing, scope, class: governed ? 'governed' : 'audit', confirmation }));
  return { ...any, name, pack, governed, definition, listing };
}

function objectSchema(schema: z.ZodObject, io: 'input' | 'output'): ToolListing['inputSchema'] {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return { ...rest, type: 'object' };
}
