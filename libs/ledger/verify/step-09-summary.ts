import { SUMMARY } from '../bundle-files.ts';
import { readUtf8 } from '../reading.ts';
import { Rejected } from '../rejected.ts';
import { summaryHeader, summaryRow } from '../summary-csv.ts';
import { fileOf } from './open.ts';
import { attempt, byIndex, type Step } from './opened.ts';

/** summary.csv is what the records give, byte for byte; the first row that is not names its record. */
export const checkSummary: Step = (bundle, fail) => {
  attempt(fail, SUMMARY, null, () => {
    const shipped = readUtf8(fileOf(bundle.files, SUMMARY));
    if (!shipped.startsWith(summaryHeader)) throw new Rejected('has another header');
    let at = summaryHeader.length;
    for (const { line, read } of byIndex(bundle.records)) {
      const row = attempt(fail, SUMMARY, read.event.id, () => summaryRow({ line, event: read.event, seal: read.seal }));
      if (row === null || !shipped.startsWith(row, at)) {
        fail(SUMMARY, read.event.id, 'the row is not what the record gives');
        return;
      }
      at += row.length;
    }
    if (at !== shipped.length) throw new Rejected('goes on after the last record');
  });
  return undefined;
};
