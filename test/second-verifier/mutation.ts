import { type CanonicalValue, canonical } from '#kernel';
import type { Chance } from './chance.ts';
import { close, type Files, type Json, open } from './container.ts';

/** A bundle that somebody changed: at any byte, or in a field that something binds, with the export key signing the change. */
export type Mutated = {
  readonly bundle: Buffer;
  readonly says: string;
  /** The first step that fails is one of these. */
  readonly steps: readonly number[];
};

export function flipByte(bundle: Buffer, chance: Chance): Mutated {
  const at = chance.below(bundle.length);
  const flipped = Buffer.from(bundle);
  flipped[at] = bundle[at]! ^ (1 + chance.below(255));
  return { bundle: flipped, says: `byte ${at} of ${bundle.length}`, steps: [1] };
}

/** Changes `files` or `predicate` and says what; null where this bundle has nothing of the kind. */
type Change = (files: Files, predicate: Json, chance: Chance) => string | null;

/**
 * What is changed, and which step says so first. An edited leaf that can no longer be read is missing from its group (6);
 * else it is not the leaf that the log holds (7).
 */
const FIELDS: Readonly<Record<string, { readonly steps: readonly number[]; readonly change: Change }>> = {
  'a file is taken away': {
    steps: [1],
    change: (files, _, chance) => dropFile(files, chance.pick([...files.keys()].filter((name) => name !== 'consistency.ndjson'))),
  },
  'a file is added': {
    steps: [1],
    change: (files, _, chance) => addFile(files, chance.pick(['proofs/999999.tlog-proof', 'notes.txt', 'groups/cor_control.json.bak'])),
  },
  'the text of the checkpoint': { steps: [2], change: (files, _, chance) => editText(files, 'checkpoint', chance, (text) => text.indexOf('\n\n')) },
  'the signature of the checkpoint': { steps: [2], change: (files, _, chance) => editText(files, 'checkpoint', chance, (text) => text.length - 1, '\n\n') },
  'the map leaf': { steps: [4], change: (files, _, chance) => editJson(files, 'map.json', chance) },
  'a consistency line': { steps: [5], change: (files, _, chance) => editLine(files, ['consistency.ndjson'], chance, changeValue) },
  'a group file': { steps: [6], change: (files, _, chance) => editJson(files, anyOf(files, /^groups\//, chance), chance) },
  'a proof': { steps: [4, 7], change: (files, _, chance) => editText(files, anyOf(files, /^proofs\//, chance), chance, (text) => text.indexOf('\n\n')) },
  'the checkpoint in a proof': {
    steps: [4, 7],
    change: (files, _, chance) => editText(files, anyOf(files, /^proofs\//, chance), chance, (text) => text.length, '\n\n'),
  },
  'a row of the summary': { steps: [9], change: (files, _, chance) => editText(files, 'records/summary.csv', chance, (text) => text.length) },
  'a disclosure': { steps: [8], change: (files, _, chance) => editLine(files, RECORDS, chance, changeDisclosure) },
  'a disclosure left out': { steps: [8], change: (files, _, chance) => editLine(files, RECORDS, chance, dropFrom('disclosures')) },
  'a withheld name left out': { steps: [7, 8], change: (files, _, chance) => editLine(files, RECORDS, chance, dropFrom('withheld')) },
  'a withheld name': { steps: [8], change: (files, _, chance) => editLine(files, RECORDS, chance, changeWithheld) },
  'erased or not': { steps: [7, 8], change: (files, _, chance) => editLine(files, RECORDS, chance, changeErased) },
  'the place of a record': { steps: [1], change: (files, _, chance) => editLine(files, RECORDS, chance, changeMember('index')) },
  'the id of a record': { steps: [6, 7], change: (files, _, chance) => editLine(files, RECORDS, chance, changeMember('recordId')) },
  'the leaf hash of a record': { steps: [6, 7], change: (files, _, chance) => editLine(files, RECORDS, chance, changeMember('leafHash')) },
  'a leaf': { steps: [6, 7], change: (files, _, chance) => editLine(files, RECORDS, chance, changeLeaf) },
  'a member of a record line': { steps: [6, 7], change: (files, _, chance) => editLine(files, RECORDS, chance, addOrDropMember) },
  'a record and its proof are taken away': { steps: [6, 7], change: dropRecord },
  'a record line twice': { steps: [6, 7], change: (files, _, chance) => editLines(files, chance, (lines, at) => lines.toSpliced(at, 0, lines[at]!)) },
  'two record lines in each other’s place': {
    steps: [7],
    change: (files, _, chance) => editLines(files, chance, (lines, at) => (at === 0 ? lines : lines.toSpliced(at - 1, 2, lines[at]!, lines[at - 1]!))),
  },
  'a record line in the other file': { steps: [7], change: moveLine },
  'the checkpoint of the manifest': { steps: [1, 7], change: (_, predicate, chance) => editMember(predicate, 'checkpoint', chance) },
  'the counts of the manifest': { steps: [1, 7], change: (_, predicate, chance) => editMember(predicate, 'counts', chance) },
  'the export id': { steps: [6, 7], change: (_, predicate) => set(predicate, 'exportId', `${predicate.exportId}0`) },
  'who requested the export': { steps: [7], change: (_, predicate) => set(predicate, 'requestedBy', 'usr_mallory') },
  'the profile': {
    steps: [7],
    change: (_, predicate, chance) => set(predicate, 'profile', chance.pick(['full', 'redacted', 'hashes'].filter((one) => one !== predicate.profile))),
  },
  'the scope': { steps: [1, 6, 7], change: (_, predicate, chance) => editMember(predicate, 'scope', chance) },
};

const RECORDS = ['records/evidence.ndjson', 'records/audit.ndjson'];

/** Takes fields by chance until the bundle has one, changes it, and signs the files as they then are. */
export function changeField(bundle: Buffer, chance: Chance): Mutated {
  // Ends when the bundle has what is to be changed: each has a checkpoint and an export id.
  for (;;) {
    const { files, predicate } = open(bundle);
    const [name, { steps, change }] = chance.pick(Object.entries(FIELDS));
    const said = change(files, predicate, chance);
    const changed = said === null ? null : close(files, predicate);
    if (changed !== null && !changed.equals(bundle)) return { bundle: changed, says: `${name}: ${said}`, steps };
  }
}

function dropFile(files: Files, name: string): string {
  files.delete(name);
  return name;
}

function addFile(files: Files, name: string): string {
  files.set(name, Buffer.from('added'));
  return name;
}

function anyOf(files: Files, pattern: RegExp, chance: Chance): string | null {
  const names = [...files.keys()].filter((name) => pattern.test(name));
  return names.length > 0 ? chance.pick(names) : null;
}

/** One character between `after` and `end` becomes another of its kind. */
function editText(files: Files, name: string | null, chance: Chance, end: (text: string) => number, after = ''): string | null {
  if (name === null) return null;
  const text = files.get(name)!.toString();
  const start = after === '' ? 0 : text.indexOf(after) + after.length;
  const at = start + chance.below(end(text) - start);
  files.set(name, Buffer.from(text.slice(0, at) + otherCharacter(text[at]!, chance) + text.slice(at + 1)));
  return `${name} at ${at}`;
}

function editJson(files: Files, name: string | null, chance: Chance): string | null {
  if (name === null) return null;
  const value: Json = JSON.parse(files.get(name)!.toString());
  const said = changeValue(value, chance);
  files.set(name, Buffer.from(canonical(value)));
  return said && `${name} ${said}`;
}

type ChangeLine = (line: Json, chance: Chance) => string | null;

function editLine(files: Files, names: readonly string[], chance: Chance, change: ChangeLine): string | null {
  const name = chance.pick(names);
  const lines = linesOf(files, name);
  if (lines.length === 0) return null;
  const at = chance.below(lines.length);
  const line: Json = JSON.parse(lines[at]!);
  const said = change(line, chance);
  files.set(name, Buffer.from(`${lines.with(at, canonical(line)).join('\n')}\n`));
  return said && `${name} line ${at + 1} ${said}`;
}

function editLines(files: Files, chance: Chance, change: (lines: string[], at: number) => string[]): string | null {
  const name = chance.pick(RECORDS);
  const lines = linesOf(files, name);
  if (lines.length === 0) return null;
  const at = chance.below(lines.length);
  files.set(name, Buffer.from(`${change(lines, at).join('\n')}\n`));
  return `${name} line ${at + 1}`;
}

function linesOf(files: Files, name: string): string[] {
  return (files.get(name)?.toString() ?? '').split('\n').slice(0, -1);
}

function writeLines(files: Files, name: string, lines: readonly string[]): void {
  files.set(name, Buffer.from(lines.map((line) => `${line}\n`).join('')));
}

/** With its proof, which proves nothing any more; the last leaf of the log keeps its own. */
function dropRecord(files: Files, predicate: Json, chance: Chance): string | null {
  const name = chance.pick(RECORDS);
  const lines = linesOf(files, name);
  if (lines.length === 0 || (predicate.scope as Json).type === 'selection') return null;
  const at = chance.below(lines.length);
  const { index } = JSON.parse(lines[at]!);
  files.delete(`proofs/${index}.tlog-proof`);
  writeLines(files, name, lines.toSpliced(at, 1));
  return `index ${index}`;
}

function moveLine(files: Files, _: Json, chance: Chance): string | null {
  const [from, to] = chance.oneIn(2) ? (RECORDS as [string, string]) : (RECORDS.toReversed() as [string, string]);
  const [source, target] = [linesOf(files, from), linesOf(files, to)];
  if (source.length === 0) return null;
  const at = chance.below(source.length);
  const indexOf = (line: string): number => JSON.parse(line).index;
  writeLines(files, from, source.toSpliced(at, 1));
  writeLines(
    files,
    to,
    [...target, source[at]!].sort((a, b) => indexOf(a) - indexOf(b)),
  );
  return `${from} line ${at + 1}`;
}

function set(object: Json, name: string, value: CanonicalValue): string {
  object[name] = value;
  return `to ${value}`;
}

function editMember(object: Json, name: string, chance: Chance): string | null {
  return changeValue(object[name] as Json, chance);
}

const changeMember =
  (name: string): ChangeLine =>
  (line, chance) => {
    line[name] = other(line[name]!, chance);
    return name;
  };

/** Somewhere inside the leaf. */
function changeLeaf(line: Json, chance: Chance): string | null {
  const leaf: Json = JSON.parse(line.leaf as string);
  const said = changeValue(leaf, chance);
  line.leaf = canonical(leaf);
  return `leaf ${said}`;
}

function changeDisclosure(line: Json, chance: Chance): string | null {
  const texts = line.disclosures as string[];
  if (texts.length === 0) return null;
  const at = chance.below(texts.length);
  const disclosure: CanonicalValue[] = JSON.parse(Buffer.from(texts[at]!, 'base64url').toString());
  const part = chance.below(disclosure.length);
  disclosure[part] = other(disclosure[part]!, chance);
  line.disclosures = texts.with(at, Buffer.from(canonical(disclosure)).toString('base64url'));
  return `disclosure ${at} part ${part}`;
}

const dropFrom =
  (name: string): ChangeLine =>
  (line, chance) => {
    const list = line[name] as CanonicalValue[];
    if (list.length === 0) return null;
    line[name] = list.toSpliced(chance.below(list.length), 1);
    return name;
  };

/** The reasons are bound by nothing but the manifest's signature. */
function changeWithheld(line: Json, chance: Chance): string | null {
  const withheld = line.withheld as Json[];
  if (withheld.length === 0) return null;
  const at = chance.below(withheld.length);
  withheld[at]!.name = other(withheld[at]!.name!, chance);
  return `withheld ${at}`;
}

function changeErased(line: Json, chance: Chance): string {
  line.erased = line.erased === null ? chance.below(20) : chance.oneIn(2) ? null : other(line.erased!, chance);
  return `erased ${line.erased}`;
}

function addOrDropMember(line: Json, chance: Chance): string {
  const name = chance.pick(Object.keys(line));
  if (chance.oneIn(2)) line.unknown = null;
  else delete line[name];
  return `without ${name} or with unknown`;
}

/** One value somewhere inside becomes another; says where. */
function changeValue(value: Json, chance: Chance): string {
  const name = chance.pick(Object.keys(value));
  const inner = value[name]!;
  if (isObject(inner) && Object.keys(inner).length > 0) return `${name}.${changeValue(inner, chance)}`;
  value[name] = other(inner, chance);
  return name;
}

function isObject(value: CanonicalValue): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Another value of the same type; of what has no other, a value of another type. */
function other(value: CanonicalValue, chance: Chance): CanonicalValue {
  if (typeof value === 'number') return chance.oneIn(2) || value === 0 ? value + 1 + chance.below(3) : value - 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return otherText(value, chance);
  if (Array.isArray(value))
    return value.length === 0 ? [null] : chance.oneIn(2) ? value.toSpliced(chance.below(value.length), 1) : value.with(0, other(value[0]!, chance));
  if (isObject(value)) return Object.keys(value).length === 0 ? { unknown: null } : changedCopy(value, chance);
  return chance.pick(['x', 0, false]);
}

function changedCopy(value: Json, chance: Chance): Json {
  const copy: Json = structuredClone(value);
  changeValue(copy, chance);
  return copy;
}

function otherText(text: string, chance: Chance): string {
  if (text === '') return 'x';
  const at = chance.below(text.length);
  return text.slice(0, at) + otherCharacter(text[at]!, chance) + text.slice(at + 1);
}

/** A digit becomes a digit, a letter from a to f another of them, and so on: often the form stays good and only the meaning changes. */
function otherCharacter(character: string, chance: Chance): string {
  const alphabet = ['0123456789', 'abcdef', 'ghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].find((one) => one.includes(character)) ?? '._-';
  return chance.pick([...alphabet].filter((one) => one !== character));
}
