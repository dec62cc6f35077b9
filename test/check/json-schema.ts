/** JSON Schema (2020-12) as far as zod writes it for tools and events. */
export type JsonSchema = {
  readonly [keyword: string]: unknown;
  readonly type?: unknown;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly anyOf?: readonly unknown[] | undefined;
};

export type Field = { readonly path: string; readonly schema: JsonSchema; readonly required: boolean };

/** Every field at any depth, in order: `items[].path[].name`. */
export function fieldsOf(schema: JsonSchema, prefix = ''): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (!isSchema(field)) return [];
    const path = prefix + name;
    const { inside, mark } = withoutWrapping(field);
    return [{ path, schema: field, required: schema.required?.includes(name) ?? false }, ...fieldsOf(inside, `${path}${mark}.`)];
  });
}

/** In one phrase: `integer 1 to 200`, `"asc" | "desc"`, `list of string, or null`. */
export function typeOf(schema: JsonSchema): string {
  const { present, nullable } = withoutNull(schema);
  return nullable ? `${typeOfPresent(present)}, or null` : typeOfPresent(present);
}

function typeOfPresent(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'array') return `list of ${isSchema(schema.items) ? typeOf(schema.items) : 'anything'}`;
  const { minimum, maximum } = schema;
  const least = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? minimum : null;
  const most = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? maximum : null;
  const range = least !== null && most !== null ? ` ${least} to ${most}` : least !== null ? ` from ${least}` : most !== null ? ` up to ${most}` : '';
  return `${String(schema.format ?? schema.type)}${range}`;
}

/** The object inside a list, or inside what may be null. */
function withoutWrapping(schema: JsonSchema): { readonly inside: JsonSchema; readonly mark: string } {
  const { present } = withoutNull(schema);
  return present.type === 'array' && isSchema(present.items) ? { inside: withoutWrapping(present.items).inside, mark: '[]' } : { inside: present, mark: '' };
}

function withoutNull(schema: JsonSchema): { readonly present: JsonSchema; readonly nullable: boolean } {
  const alternatives = schema.anyOf?.filter(isSchema).filter(({ type }) => type !== 'null');
  const [only] = alternatives ?? [];
  if (only !== undefined && alternatives?.length === 1) return { present: only, nullable: true };
  if (Array.isArray(schema.type))
    return { present: { ...schema, type: schema.type.filter((type) => type !== 'null').join(' or ') }, nullable: schema.type.includes('null') };
  return { present: schema, nullable: false };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}
