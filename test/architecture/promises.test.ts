import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { floatingPromises, programOf } from './promises.ts';

describe('promises', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deponent-promises-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds those that nobody waits for, and only those', () => {
    writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "strict": true, "target": "es2024", "module": "nodenext", "types": [] } }');
    writeFileSync(join(folder, 'store.ts'), 'export interface Store { append(): Promise<void>; close?(): Promise<void>; size(): number }\n');
    writeFileSync(
      join(folder, 'use.ts'),
      `import type { Store } from './store.js';
export async function use(store: Store): Promise<unknown> {
  store.append(); // 3: floats
  store.close?.(); // 4: floats where there is one
  store.append().then(() => store.size()); // 5: its error floats
  store.append().finally(() => 0); // 6: its error floats
  await store.append();
  void store.append();
  store.append().catch(() => 0).finally(() => 0);
  store.append().then(() => 0, () => 0);
  store.size();
  let kept = store.append();
  kept = store.append();
  return kept;
}
`,
    );
    expect(floatingPromises(programOf(folder)).map(({ line }) => line)).toEqual([3, 4, 5, 6]);
  });
});
