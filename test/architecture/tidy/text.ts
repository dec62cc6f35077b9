import { findLines, isGenerated, isRuleBook, isTestFile, type Rule } from './rule.ts';

const written = (path: string) => !isGenerated(path) && !isRuleBook(path);
const MENTIONS_CLIENTS = /\.md$|^apps\/(?:mcp|console)\/|^test\//;

const WORKPLACE =
  /\bco-authored-by\b|\bas an ai\b|\bgenerated (?:with|by) (?:an? )?(?:ai|llm|language model)\b|\bsub-?agents?\b|\bhand-?offs?\b|\bthe brief\b/i;

export const textRules: readonly Rule[] = [
  {
    name: 'no-unfinished',
    says: 'What is unfinished is an issue, not a comment and not a stub.',
    check: (tree) => findLines(tree, written, /\b(?:TODO|FIXME|XXX|HACK)\b|\bnot (?:built|implemented) yet\b/, (word) => `${word} in the tree`),
    rejects: [{ 'libs/a/a.ts': '// TODO later\n' }, { 'docs/A.md': 'FIXME\n' }, { 'libs/a/a.ts': "throw new Error('not implemented yet');\n" }],
    accepts: [{ 'libs/a/a.ts': "const todo = 'a list';\n" }],
  },
  {
    name: 'no-skipped-tests',
    says: 'A test runs or does not exist.',
    check: (tree) =>
      findLines(
        tree,
        (path) => isTestFile(path) && written(path),
        /\b(?:it|test|describe)\.(?:skip|only|todo)\b|\b(?:xit|xdescribe|fit|fdescribe)\(/,
        (call) => `${call} keeps tests from running`,
      ),
    rejects: [{ 'libs/a/a.test.ts': "it.skip('works', () => {});\n" }, { 'libs/a/a.test.ts': "describe.only('it', () => {});\n" }],
    accepts: [{ 'libs/a/a.test.ts': "it.each([1])('works', () => {});\n" }],
  },
  {
    name: 'no-machine-paths',
    says: 'Nothing knows the machine that it was written on.',
    check: (tree) =>
      findLines(tree, written, /(?<![\w.@])\/(?:home|Users|root|work|private)\/[\w.-]+|\b[A-Z]:\\\\?[A-Za-z]/, (path) => `${path} exists on one machine`),
    rejects: [{ 'libs/a/a.ts': "const x = '/home/somebody/x';\n" }, { 'README.md': 'see /root/repo\n' }, { 'a.json': '"C:\\\\Users"\n' }],
    accepts: [{ 'README.md': 'https://example.org/home/page, libs/content/work/x\n' }],
  },
  {
    name: 'no-registry-hosts',
    says: 'Whoever installs chooses the registry.',
    check: (tree) =>
      findLines(
        tree,
        (path) => !isRuleBook(path),
        /registry\.(?:npmjs|yarnpkg|npmmirror)\.|npm\.pkg\.github\.com|\/artifactory\/|verdaccio|localhost:4873/,
        (host) => `${host} names a registry`,
      ),
    rejects: [{ 'package-lock.json': '"resolved": "http://localhost:4873/zod/-/zod-4.tgz"\n' }],
    accepts: [{ 'README.md': 'Entries of the npm registry.\n' }],
  },
  {
    name: 'no-workplace-words',
    says: 'The repository speaks of the product. Clients are named where clients are described.',
    check: (tree) => [
      ...findLines(tree, written, WORKPLACE, (words) => `"${words}" is not about the product`),
      ...findLines(
        tree,
        (path) => written(path) && !MENTIONS_CLIENTS.test(path),
        /\bclaude\b/i,
        () => 'a client is named outside the facade and the documents',
      ),
    ],
    rejects: [{ 'libs/a/a.ts': '// see the brief\n' }, { 'README.md': 'Co-Authored-By: x\n' }, { 'libs/a/a.ts': '// as Claude does it\n' }],
    accepts: [{ 'README.md': 'Connect Claude Code with one command.\n' }],
  },
  {
    name: 'no-drawers',
    says: 'A folder is called after what it is about, never after being useful.',
    check: (tree) =>
      [...tree.keys()].flatMap((file) => {
        const drawer = /(?:^|\/)(common|shared|utils?|helpers?|interfaces|constants|misc)(?:\/|\.tsx?$)/.exec(file);
        return drawer === null || file.startsWith('test/vectors/') ? [] : [{ file, line: null, message: `"${drawer[1]}" says nothing` }];
      }),
    rejects: [{ 'libs/a/utils/x.ts': '' }, { 'libs/a/helpers.ts': '' }, { 'test/common/x.ts': '' }],
    accepts: [{ 'libs/kernel/limits.ts': '', 'test/support/x.ts': '' }],
  },
];
