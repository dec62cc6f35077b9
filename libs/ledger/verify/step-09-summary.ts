import { SUMMARY } from '../bundle-files.ts';
import { readUtf8 } from '../reading.ts';
import { Rejected } from '../rejected.ts';
import { summaryCsv } from '../summary-csv.ts';
import { fileOf } from './open.ts';
import { attempt, byIndex, type Step } from './opened.ts';

/** summary.csv is what the records give, byte for byte. */
export const checkSummary: Step = (bundle, fail) => {
  attempt(fail, SUMMARY, null, () => {
    const shipped = readUtf8(fileOf(bundle.files, SUMMARY));
    const records = byIndex(bundle.records);
    const rebuilt = summaryCsv(records.map(({ line, read }) => ({ line, event: read.event, seal: read.seal })));
    if (shipped === rebuilt) return;
    // A record's row names its id, whatever else was changed in it.
    const altered = records.find(({ line }) => !shipped.includes(rowOf(rebuilt, line.index)));
    if (altered === undefined) throw new Rejected('is not what the records give');
    fail(SUMMARY, altered.read.event.id, 'the row is not what the record gives');
  });
  return undefined;
};

function rowOf(csv: string, index: number): string {
  const start = csv.indexOf(`\r\n"${index}",`);
  const end = csv.indexOf('\r\n"', start + 2);
  return csv.slice(start, end < 0 ? csv.length : end);
}
