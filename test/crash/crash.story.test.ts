import { expect, it } from '@jest/globals';
import { crash } from './crash.ts';

it('whatever is killed whenever: every answer that was received has its record, its proof and its event hash, and there is one history', async () => {
  const report = await crash(10, () => undefined);
  expect(report.problems).toEqual([]);
  expect(report.answers).toBeGreaterThan(500);
  expect(report.checkpoints).toBeGreaterThan(5);
  expect(report.flushed.commits).toBeGreaterThan(10);
  expect(report.flushed.fsyncs).toBeGreaterThanOrEqual(report.flushed.commits);
}, 180_000);
