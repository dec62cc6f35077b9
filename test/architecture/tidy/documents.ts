import { posix } from 'node:path';
import type { Rule, Tree, Violation } from './rule.ts';

const LINK = /\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;

export const documentRules: readonly Rule[] = [
  {
    name: 'links-resolve',
    says: 'A relative link in a document leads to a file, a folder or a heading.',
    check: brokenLinks,
    rejects: [
      { 'docs/A.md': 'see [b](B.md)\n' },
      { 'docs/A.md': 'see [b](#nothing)\n' },
      { 'docs/A.md': 'see [b](../README.md#nothing)\n', 'README.md': '# Something\n' },
    ],
    accepts: [
      {
        'docs/A.md': '# The map\n[up](../README.md), [here](#the-map), [there](../libs/kernel), [web](https://example.org)\n',
        'README.md': '',
        'libs/kernel/index.ts': '',
      },
      { 'docs/A.md': '```md\n[b](nowhere.md)\n```\n' },
    ],
  },
];

function brokenLinks(tree: Tree): Violation[] {
  const folders = new Set([...tree.keys()].flatMap(parents));
  return [...tree]
    .filter(([path]) => path.endsWith('.md'))
    .flatMap(([file, text]) =>
      linksOf(text)
        .filter(({ target }) => !leadsSomewhere(tree, folders, file, target))
        .map(({ target, line }) => ({ file, line, message: `${target} leads nowhere` })),
    );
}

function leadsSomewhere(tree: Tree, folders: ReadonlySet<string>, from: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(path)).replace(/\/$/, '');
  const text = tree.get(file);
  if (text === undefined) return folders.has(file);
  return anchor === undefined || !file.endsWith('.md') || headings(text).has(anchor);
}

function linksOf(text: string): { target: string; line: number }[] {
  return prose(text).flatMap((content, index) => [...content.matchAll(LINK)].map(([, target = '']) => ({ target, line: index + 1 })));
}

/** Anchors as GitHub makes them: lower case, punctuation dropped, spaces as hyphens. */
function headings(text: string): Set<string> {
  const titles = prose(text).flatMap((line) => /^#{1,6} (.*)$/.exec(line)?.[1] ?? []);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

/** The lines of a document, those of code blocks emptied. */
function prose(text: string): string[] {
  let inCode = false;
  return text.split('\n').map((line) => {
    const fence = line.trimStart().startsWith('```');
    if (fence) inCode = !inCode;
    return inCode || fence ? '' : line;
  });
}

function parents(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? ['.'] : [folder, ...parents(folder)];
}
