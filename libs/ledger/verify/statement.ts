import type { OpenBundle } from './opened.ts';
import { uncheckedCitations } from './step-10-citations.ts';

/** What a verification that passed does and does not say, for people. */
export function statement(bundle: OpenBundle): string[] {
  return [verified(bundle), complete(bundle), withheld(bundle), erased(bundle), notChecked(bundle), ...LIMITS_OF_PROOF].filter((line) => line !== null);
}

const LIMITS_OF_PROOF = [
  'vouched for by the manifest signature alone: reason of the export, reasons for withholding, VERIFY.md, report.pdf',
  'cannot be seen: events never sent, content false when sealed, changes in the seconds before sealing, a group map false when sealed',
];

function verified({ records, manifest, trust }: OpenBundle): string {
  const { exportId, profile } = manifest.predicate;
  return `VERIFIED ${records.length} records of ${trust.origin}, export ${exportId}, profile ${profile}`;
}

function complete({ manifest, checkpoint, map }: OpenBundle): string {
  const { scope } = manifest.predicate;
  const asOf = `as of size ${checkpoint?.size}, ${map?.time}, root ${checkpoint?.root.toString('base64')}`;
  if (scope.type === 'groups') return `complete: ${scope.groups.length === 1 ? 'group' : 'groups'} ${scope.groups.join(', ')} ${asOf}`;
  if (scope.type === 'range') return `complete: every index from ${scope.first} to ${scope.last} ${asOf}`;
  return `selection asserted, not provable; ${asOf}`;
}

function withheld({ records }: OpenBundle): string | null {
  const withholding = records.filter(({ line }) => line.withheld.length > 0);
  const names = new Set(withholding.flatMap(({ line }) => line.withheld.map(({ name }) => name)));
  return withholding.length === 0 ? null : `withheld: ${[...names].sort().join(', ')} in ${withholding.length} records`;
}

function erased({ records }: OpenBundle): string | null {
  const count = records.filter(({ line }) => line.erased !== null).length;
  return count === 0 ? null : `erased: the disclosures of ${count} records; their leaves are proved`;
}

function notChecked(bundle: OpenBundle): string {
  const citations = uncheckedCitations(bundle);
  const unchecked = [
    bundle.trust.quorum === 0 ? 'witnesses (the policy demands none)' : null,
    bundle.trust.tsa.length === 0 ? 'timestamp (the policy names no authority)' : null,
    bundle.held === null ? 'an earlier checkpoint (none was given)' : null,
    citations > 0 ? `${citations} citations of deliveries outside the scope` : null,
    'renditions (none at hand)',
  ];
  return `not checked: ${unchecked.filter((one) => one !== null).join('; ')}`;
}
