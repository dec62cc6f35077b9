import { LIMITS } from '#kernel';
import type { CatalogueEntry } from '#tools';
import { fieldsOf, type JsonSchema } from '../check/json-schema.ts';

/** A tool as the laws see it: where it lies, what it says of itself, and the source of the test beside it. */
export type Subject = { readonly pack: string; readonly file: string; readonly entry: CatalogueEntry; readonly test: string | null };

export type Law = {
  readonly name: string;
  /** One sentence for each breach; none where the law is kept. */
  check(subjects: readonly Subject[]): string[];
};

export const LAWS: readonly Law[] = [
  {
    name: 'names are unique',
    check: (subjects) => [...Map.groupBy(subjects, nameOf)].filter(([, same]) => same.length > 1).map(([name, same]) => `${name}: ${same.length} tools`),
  },
  forEachTool('the wire name is the pack and the file name', ({ pack, file, entry }) => {
    const expected = `${pack}_${file.replace(/\.tool\.ts$/, '').replaceAll('-', '_')}`;
    return entry.name === expected || BARE_NAMES.has(entry.name) ? [] : [`${file} should be ${expected}`];
  }),
  forEachTool('names are snake_case, short, without dots', ({ entry }) =>
    /^[a-z]+(?:_[a-z0-9]+)*$/.test(entry.name) && entry.name.length <= LIMITS.toolNameCharacters ? [] : ['clients would reject the name'],
  ),
  forEachTool('the scope is known', ({ entry }) => (KNOWN_SCOPES.has(entry.tool.scope) ? [] : [`scope ${entry.tool.scope}`])),
  forEachTool('titles and descriptions say something, briefly', ({ entry }) => [
    ...unlessBrief('title', entry.tool.title, LIMITS.toolNameCharacters),
    ...unlessBrief('description', entry.tool.description, LIMITS.toolDescriptionCharacters),
  ]),
  forEachTool('every field is described, briefly', ({ entry }) =>
    schemasOf(entry).flatMap(([side, schema]) =>
      fieldsOf(schema).flatMap(({ path, schema: field }) => unlessBrief(`${side} ${path}`, field.description ?? '', LIMITS.fieldDescriptionCharacters)),
    ),
  ),
  forEachTool('schemas are closed objects', ({ entry }) => schemasOf(entry).flatMap(([side, schema]) => openObjects(schema, side))),
  forEachTool('schemas hold nothing that clients choke on', ({ entry }) =>
    schemasOf(entry).flatMap(([side, schema]) => [
      ...['anyOf', 'oneOf', 'allOf', '$defs'].filter((keyword) => keyword in schema).map((keyword) => `${side} has ${keyword} at its root`),
      ...(JSON.stringify(schema).includes('"$ref"') ? [`${side} has a $ref`] : []),
    ]),
  ),
  forEachTool('hints and scope fit the kind', ({ entry }) => {
    const { scope, hints } = entry.tool;
    const writes = entry.kind === 'write';
    return [
      ...(hints.readOnly === writes ? [`a ${entry.kind} with readOnly ${hints.readOnly}`] : []),
      ...(hints.destructive && !writes ? ['a read that is destructive'] : []),
      ...(hints.readOnly && !hints.idempotent ? ['a read that is not idempotent'] : []),
      ...(scope.endsWith(':write') === writes ? [] : [`a ${entry.kind} with scope ${scope}`]),
    ];
  }),
  forEachTool('content is never deleted, renamed or moved', ({ pack, entry }) =>
    pack === 'content' && (entry.tool.hints.destructive || /(?:^|_)(?:delete|remove|rename|move)(?:_|$)/.test(entry.name)) ? ['destroys content'] : [],
  ),
  forEachTool('evidence is added by the pipeline alone, to governed tools alone', ({ entry }) => [
    ...('evidence' in entry.tool.output.shape ? ['makes its own evidence'] : []),
    ...(fieldsOf(entry.listing.outputSchema).some(({ path }) => path === 'evidence') === (entry.class === 'governed')
      ? []
      : ['shows evidence and is not governed, or the other way about']),
  ]),
  forEachTool('what turns pages takes cursor and limit', ({ entry }) => {
    if (!('nextCursor' in entry.tool.output.shape)) return [];
    return ['cursor', 'limit'].filter((argument) => !(argument in entry.tool.input.shape)).map((argument) => `takes no ${argument}`);
  }),
  forEachTool('a specification lies beside the tool', ({ entry, test }) => {
    if (test === null) return ['has no test beside it'];
    const sentences = ['specification(', ...REQUIRED_SENTENCES[entry.kind]];
    return sentences.filter((sentence) => !test.includes(sentence)).map((sentence) => `its test has no ${sentence}…)`);
  }),
];

/** OpenAI's contract for connectors asks for these two as they are. */
const BARE_NAMES = new Set(['search', 'fetch']);
const KNOWN_SCOPES = new Set(['mcp:read', 'mcp:write']);
const REQUIRED_SENTENCES = {
  read: ['.thenRefuses('],
  governedRead: ['.thenDelivers(', '.thenRefuses('],
  write: ['.then(', '.thenPreviews(', '.thenRefuses('],
} as const;

function forEachTool(name: string, breaches: (subject: Subject) => string[]): Law {
  return { name, check: (subjects) => subjects.flatMap((subject) => breaches(subject).map((breach) => `${nameOf(subject)}: ${breach}`)) };
}

function nameOf({ entry }: Subject): string {
  return entry.name;
}

function schemasOf({ listing }: CatalogueEntry): [string, JsonSchema][] {
  return [
    ['input', listing.inputSchema],
    ['output', listing.outputSchema],
  ];
}

function unlessBrief(what: string, text: string, most: number): string[] {
  if (text.trim() === '') return [`${what} is not described`];
  return text.length > most ? [`${what} takes ${text.length} characters, more than ${most}`] : [];
}

/** Every object at any depth must refuse members that it does not name. */
function openObjects(schema: unknown, at: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const open = 'type' in schema && schema.type === 'object' && !('additionalProperties' in schema && schema.additionalProperties === false);
  return [...(open ? [`${at} is open to unknown members`] : []), ...Object.entries(schema).flatMap(([key, inner]) => openObjects(inner, `${at}.${key}`))];
}
