/** A program that ends with 0 when all is well, and says why when it is not. */
export type Step = { readonly name: string; readonly says: string; readonly command: readonly string[] };

/** Scripts, run by the Node that runs the check. The longest first, so that two at a time end together. */
export const STEPS: readonly Step[] = [
  { name: 'types', says: 'TypeScript compiles (tsc, incremental)', command: ['node_modules/typescript/bin/tsc', '--noEmit', '--pretty', 'false'] },
  { name: 'promises', says: 'nothing is started that nobody waits for (test/architecture/promises.ts)', command: ['test/architecture/promises.check.ts'] },
  {
    name: 'catalogue',
    says: 'the laws over all tools hold (test/catalogue)',
    command: [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      '--selectProjects=unit',
      '--maxWorkers=1',
      '--',
      'test/catalogue/',
    ],
  },
  { name: 'generated', says: 'generated files are what the generator writes', command: ['test/check/generated.mjs'] },
  { name: 'floors', says: 'nobody imports what its floor forbids (test/architecture/floors.ts)', command: ['test/architecture/floors.check.ts'] },
  { name: 'tidy', says: 'style as rules (test/architecture/tidy)', command: ['test/architecture/tidy.check.ts'] },
  {
    name: 'lint',
    says: 'formatted and linted (biome)',
    command: [
      'node_modules/@biomejs/biome/bin/biome',
      'check',
      '--error-on-warnings',
      '--diagnostic-level=warn',
      '--max-diagnostics=none',
      '--colors=off',
      '.',
    ],
  },
];
