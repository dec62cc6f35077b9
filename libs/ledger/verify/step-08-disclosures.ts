import { disclosedValues, disclosureDigest, openDisclosure } from '../disclosures.ts';
import type { Profile } from '../manifest.ts';
import { Rejected } from '../rejected.ts';
import { attempt, type Fail, type OpenRecord, type Step } from './opened.ts';
import { erasureOf } from './scope.ts';

type Erasure = { readonly index: number; readonly leafHash: string };

/** What is disclosed is what was sealed; what is not is named; the profile is kept; erasures are recorded. */
export const checkDisclosures: Step = (bundle, fail) => {
  const erasures = new Map<string, Erasure[]>();
  for (const { line, read } of bundle.records) {
    const about = erasureOf(read.event);
    if (about === null) continue;
    const known = erasures.get(about.recordId) ?? [];
    known.push({ index: line.index, leafHash: about.leafHash });
    erasures.set(about.recordId, known);
  }
  const externals = new Map<string, string>();
  for (const record of bundle.records) {
    const { file, line, read } = record;
    checkErasure(record, erasures.get(read.event.id) ?? [], fail);
    attempt(fail, file, read.event.id, () => {
      const external = checkDisclosed(record, bundle.manifest.predicate.profile);
      if (external === undefined || line.erased !== null) return;
      const known = externals.get(read.event.correlationid) ?? external;
      externals.set(read.event.correlationid, known);
      if (known !== external) throw new Rejected('discloses another external id than its group');
    });
  }
  for (const { file, line } of bundle.mapLeaves) {
    if (line.disclosures.length > 0 || line.withheld.length > 0 || line.erased !== null)
      fail(file, null, `the map leaf at index ${line.index} has nothing to disclose`);
  }
  return undefined;
};

/** Erased if and only if a `record.erased` in the bundle names id and leaf hash. */
function checkErasure({ file, line, read }: OpenRecord, erasures: readonly Erasure[], fail: Fail): void {
  const id = read.event.id;
  const matching = erasures.filter(({ leafHash }) => leafHash === line.leafHash.toString('base64'));
  if (matching.length < erasures.length) fail(file, id, 'a record.erased names it with another leaf hash');
  if (line.erased === null && matching.length > 0) fail(file, id, 'a record.erased names it, and it is not marked erased');
  if (line.erased !== null && !matching.some(({ index }) => index === line.erased))
    fail(file, id, `is marked erased, and no record.erased at index ${line.erased} names it`);
}

/** The disclosed external id, if any. Throws {@link Rejected} for the first thing that is wrong. */
function checkDisclosed({ line, read }: OpenRecord, profile: Profile): string | undefined {
  if (line.erased !== null) {
    if (line.disclosures.length > 0 || line.withheld.length > 0) throw new Rejected('is erased, and discloses or withholds something');
    return undefined;
  }
  const digests = new Map(Object.entries(read.event.data.digests));
  const opened = line.disclosures.map((text) => ({ text, ...openDisclosure(text) }));
  for (const { text, name } of opened) {
    if (digests.get(name) !== disclosureDigest(text)) throw new Rejected(`the disclosure of ${name} does not match its digest`);
  }
  checkNames(
    [...digests.keys()],
    opened.map(({ name }) => name),
    line.withheld.map(({ name }) => name),
  );
  if (line.withheld.some(({ reason }) => reason === '')) throw new Rejected('something is withheld without a reason');
  if (profile === 'full' && line.withheld.length > 0) throw new Rejected('profile full withholds nothing');
  if (profile === 'hashes' && opened.length > 0) throw new Rejected('profile hashes discloses nothing');
  return disclosedValues(opened).external;
}

/** Both lists in order of name, and together each name of the digests once. */
function checkNames(names: readonly string[], disclosed: readonly string[], withheld: readonly string[]): void {
  if (!isRising(disclosed) || !isRising(withheld)) throw new Rejected('disclosures and withheld are not in order of name');
  const together = new Set([...disclosed, ...withheld]);
  const missing = names.find((name) => !together.has(name));
  if (missing !== undefined) throw new Rejected(`${missing} is neither disclosed nor withheld`);
  if (disclosed.length + withheld.length !== names.length) throw new Rejected('names something twice, or more than the leaf has digests for');
}

function isRising(names: readonly string[]): boolean {
  return names.every((name, at) => at === 0 || name > (names[at - 1] ?? ''));
}
