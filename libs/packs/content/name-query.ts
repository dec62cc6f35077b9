import { isSearchable, type Named } from '#content';
import { isRefusal, type Refusal } from '#kernel';
import { invalidArgument } from '#tools';
import { essence } from './filters.ts';

/** What `q` asks for: words to rank by, and conditions that must all hold. */
export type NameQueryTerms = { readonly text: string; readonly holds: (item: Named) => boolean };

type Condition = (item: Named) => boolean;

/** `@field:value`, the value in quotes where it has spaces. */
const TERM = /(?<=^|\s)@(?<field>[A-Za-z]+):(?:"(?<quoted>[^"]*)"|(?<plain>\S*))/g;

const folded = (text: string) => text.normalize('NFC').toLowerCase();

const FIELDS: Readonly<Record<string, (value: string) => Condition>> = {
  name:
    (value) =>
    ({ name }) =>
      folded(name).includes(value),
  path:
    (value) =>
    ({ path }) =>
      folded(path.join('/')).includes(value),
  tag:
    (value) =>
    ({ tags }) =>
      tags.some((tag) => folded(tag) === value),
  contenttype:
    (value) =>
    ({ contentType }) =>
      contentType !== null && essence(contentType) === value,
  extension:
    (value) =>
    ({ extension }) =>
      extension === value.replace(/^\./, ''),
  kind:
    (value) =>
    ({ kind }) =>
      kind === value,
};
const KNOWN = '@name, @path, @tag, @contentType, @extension and @kind';

/** Reads `q`; refuses one with nothing to look for, and conditions that it does not know. */
export function readNameQuery(q: string): NameQueryTerms | Refusal {
  const conditions: Condition[] = [];
  for (const { groups = {} } of q.matchAll(TERM)) {
    const condition = conditionOf(groups.field ?? '', folded(groups.quoted ?? groups.plain ?? ''));
    if (isRefusal(condition)) return condition;
    conditions.push(condition);
  }
  const text = q.replace(TERM, ' ').trim();
  if (text !== '' && !isSearchable(text)) return invalidArgument('q', 'q has no word to look for.');
  if (text === '' && conditions.length === 0) return invalidArgument('q', 'q has no word to look for.');
  return { text, holds: (item) => conditions.every((holds) => holds(item)) };
}

function conditionOf(field: string, value: string): Condition | Refusal {
  const condition = FIELDS[field.toLowerCase()];
  if (condition === undefined) return invalidArgument('q', `q asks for @${field}; there are ${KNOWN}.`);
  if (value.trim() === '') return invalidArgument('q', `q names no value after @${field}:.`);
  return condition(value);
}
