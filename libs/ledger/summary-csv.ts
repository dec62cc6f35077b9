import { base64 } from '#kernel';
import { type Disclosed, disclosedValues, openDisclosure } from './disclosures.ts';
import { type CallData, isControl, type RecordEvent, type Seal } from './leaf.ts';
import type { RecordLine } from './record-line.ts';

/** A record with its line, read. Map leaves have no row. */
export type SummaryRecord = { readonly line: RecordLine; readonly event: RecordEvent; readonly seal: Seal };

const COLUMNS = [
  'index',
  'recordId',
  'groupId',
  'groupSeq',
  'time',
  'kind',
  'outcome',
  'code',
  'tool',
  'actor',
  'email',
  'client',
  'content',
  'lines',
  'path',
  'textSha256',
  'question',
  'answer',
  'status',
  'leafHash',
] as const;
export const summaryHeader = csvLine(COLUMNS);

type Row = { readonly [Column in (typeof COLUMNS)[number]]: string };

/** records/summary.csv: a function of the two records files. Throws Rejected for a disclosure that cannot be read. */
export function summaryCsv(records: readonly SummaryRecord[]): string {
  const rows = [...records].sort((a, b) => a.line.index - b.line.index).map(summaryRow);
  return summaryHeader + rows.join('');
}

/** One row, with its CRLF. */
export function summaryRow(record: SummaryRecord): string {
  const row = rowOf(record);
  return csvLine(COLUMNS.map((column) => row[column]));
}

function csvLine(fields: readonly string[]): string {
  return `${fields.map(field).join(',')}\r\n`;
}

/** A spreadsheet reads some first characters as the start of a formula: an apostrophe keeps them text. */
function field(text: string): string {
  const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

function rowOf({ line, event, seal }: SummaryRecord): Row {
  const disclosed = disclosedValues(line.disclosures.map(openDisclosure));
  const call = isControl(event) ? null : event.data;
  return {
    index: String(line.index),
    recordId: event.id,
    groupId: event.correlationid,
    groupSeq: String(seal.groupSeq),
    time: event.time,
    kind: event.data.kind ?? '',
    outcome: call?.outcome ?? '',
    code: call?.code ?? '',
    tool: call?.tool.name ?? '',
    actor: event.data.actor ?? '',
    email: disclosed.people?.email ?? '',
    client: disclosed.people?.client ?? '',
    ...contentColumns(call, disclosed),
    question: disclosed.question ?? '',
    answer: disclosed.answer?.text ?? '',
    status: line.erased !== null ? 'erased' : line.withheld.length > 0 ? 'withheld' : 'disclosed',
    leafHash: base64(line.leafHash),
  };
}

function contentColumns(call: CallData | null, disclosed: Disclosed) {
  const items = call?.content ?? [];
  return {
    content: joined(items.map((item) => `${item.contentId}@${item.version}`)),
    lines: joined(items.map(({ range }) => (range === null ? '' : `${range.start}-${range.end}`))),
    path: joined(items.map((_, at) => disclosed.names?.[at] ?? '')),
    textSha256: joined(items.map((_, at) => disclosed.content.get(at)?.textSha256 ?? '')),
  };
}

/** Nothing rather than separators alone. */
function joined(parts: readonly string[]): string {
  return parts.every((part) => part === '') ? '' : parts.join('; ');
}
