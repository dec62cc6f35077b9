import type { ImportProgress, ImportReport, Outcomes } from '#content';

const BAR_CELLS = 30;
const REDRAW_MILLISECONDS = 100;

/** A bar on a terminal, redrawn at most ten times a second; silence where nobody watches. */
export function progressBar(label: string, terminal: NodeJS.WriteStream, now: () => number, counted = 'files'): ImportProgress {
  let drawn = 0;
  return ({ done, total, skipped }) => {
    if (!terminal.isTTY || (now() - drawn < REDRAW_MILLISECONDS && done < total)) return;
    drawn = now();
    const filled = total === 0 ? BAR_CELLS : Math.floor((done / total) * BAR_CELLS);
    const bar = '#'.repeat(filled).padEnd(BAR_CELLS, '.');
    terminal.write(`\r${label} [${bar}] ${done}/${total} ${counted}${skipped > 0 ? `, ${skipped} skipped` : ''}${done === total ? '\n' : ''}`);
  };
}

/** What an import did, for people; every file left out is named as far as the report names it. `documents`: what became of those that were read after it. */
export function importSummary(directory: string, { files, versions, unchanged, folders, skipped }: ImportReport, documents: Outcomes): string {
  const lines = skipped.named.map(({ path, reason }) => `  skipped ${path}: ${reason}`);
  if (skipped.count > skipped.named.length) lines.push(`  … and ${skipped.count - skipped.named.length} more`);
  return [
    `Imported ${directory}: ${files} new files, ${versions} new versions, ${unchanged} unchanged, ${folders} new folders, ${skipped.count} skipped.`,
    ...documentsSummary(documents),
    ...lines,
    '',
  ].join('\n');
}

function documentsSummary(outcomes: Outcomes): string[] {
  const found = [...outcomes].filter(([, count]) => count > 0);
  if (found.length === 0) return [];
  const total = found.reduce((sum, [, count]) => sum + count, 0);
  return [
    `Read ${total} documents: ${found.map(([status, count]) => `${count} ${status}`).join(', ')}. content_get_content_metadata gives the reason for each.`,
  ];
}
