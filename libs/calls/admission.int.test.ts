import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { Sql } from '#event-store';
import type { Caller } from '#tools';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { admission } from './admission.ts';
import { inMemoryBuckets } from './admission-buckets.fixture.ts';
import { sharedBuckets } from './admission-buckets.ts';

let database: TestDatabase;
let pool: pg.Pool;
let sql: Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => undefined);
  sql = { query: (text, values) => pool.query(text, values === undefined ? undefined : [...values]) };
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const caller = (key: string): Caller => ({
  organization: 'org_1',
  user: 'usr_1',
  credential: { id: key, type: 'access_key' },
  client: null,
  scopes: new Set(),
  boundSite: null,
});

describe('shared buckets', () => {
  it('do what the arithmetic says, whatever is asked when', async () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 4_000 }), wanted: fc.integer({ min: 1, max: 5 }) });
    const limit = fc.record({ calls: fc.integer({ min: 5, max: 20 }), windowMilliseconds: fc.integer({ min: 1_000, max: 20_000 }) });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(limit, fc.array(step, { minLength: 1, maxLength: 30 }), async (each, steps) => {
        const [shared, model, bucket] = [sharedBuckets(sql), inMemoryBuckets(), `bucket ${run++}`];
        let now = 1_763_600_000_000;
        for (const { wait, wanted } of steps) {
          now += wait;
          const [got, expected] = [await shared.lease(bucket, each, wanted, now), await model.lease(bucket, each, wanted, now)];
          expect({ ...got, nextAt: Math.round(got.nextAt) }).toEqual({ ...expected, nextAt: Math.round(expected.nextAt) });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('two processes that are asked at once admit what one bucket holds, and record one refusal', async () => {
    const now = Date.now();
    const limit = { calls: 200, windowMilliseconds: 900_000 };
    const counted: string[] = [];
    const processes = [0, 1].map(() =>
      admission(limit, { buckets: sharedBuckets(sql), clock: () => now, counted: ({ credential }) => counted.push(credential.id) }),
    );
    const outcomes = await Promise.all(Array.from({ length: 1_000 }, (_, call) => processes[call % 2]!.admit(caller('key_shared'))));
    const refused = outcomes.filter((each) => each.outcome === 'refused');
    expect(refused).toHaveLength(800);
    expect(refused.filter(({ recorded }) => recorded)).toHaveLength(1);
    expect(counted).toHaveLength(799);
  });

  it('a bucket that is full again is forgotten', async () => {
    const buckets = sharedBuckets(sql);
    await buckets.lease('full soon', { calls: 5, windowMilliseconds: 1_000 }, 5, 1_000);
    await buckets.sweep(1_500);
    const rows = async () => (await pool.query(`select from admission_buckets where bucket = 'full soon'`)).rowCount;
    expect(await rows()).toBe(1);
    await buckets.sweep(2_001);
    expect(await rows()).toBe(0);
  });
});
