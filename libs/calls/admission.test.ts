import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LIMITS } from '#kernel';
import type { Caller } from '#tools';
import { type Admission, admission } from './admission.ts';
import { inMemoryBuckets } from './admission-buckets.fixture.ts';
import type { CallLimit } from './admission-buckets.ts';

const WINDOW = 900_000;
const LIMIT: CallLimit = { calls: 600, windowMilliseconds: WINDOW };

function caller(credential = 'key_1', organization = 'org_1'): Caller {
  return { organization, user: 'usr_1', credential: { id: credential, type: 'access_key' }, client: null, scopes: new Set(), boundSite: null };
}

/** So many processes over the same buckets, at a time that the test moves. */
function processes(count: number, limit = LIMIT) {
  const time = { now: 1_000_000 };
  const buckets = inMemoryBuckets();
  const counted: string[] = [];
  const clock = () => time.now;
  const made = Array.from({ length: count }, () => admission(limit, { buckets, clock, counted: ({ credential }) => counted.push(credential.id) }));
  return { time, counted, processes: made, buckets };
}

async function admittedOf(calls: number, ask: Admission, who = caller()): Promise<number> {
  let admitted = 0;
  for (let call = 0; call < calls; call++) if ((await ask.admit(who)).outcome === 'admitted') admitted++;
  return admitted;
}

describe('one process', () => {
  it('admits exactly the limit at once, then one call whenever one has come back', async () => {
    const {
      time,
      processes: [one],
    } = processes(1);
    expect(await admittedOf(700, one!)).toBe(600);
    time.now += WINDOW / 600;
    expect(await admittedOf(10, one!)).toBe(1);
    time.now += WINDOW;
    expect(await admittedOf(700, one!)).toBe(600);
  });

  it('says when there is a call again, and keeps its word', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 600 }), async (calls, seconds) => {
        const {
          time,
          processes: [one],
        } = processes(1, { calls, windowMilliseconds: seconds * 1_000 });
        await admittedOf(calls, one!);
        const refused = await one!.admit(caller());
        if (refused.outcome !== 'refused') throw new Error('admitted');
        const { retryAfterSeconds = 0, code } = refused.refusal;
        expect(code).toBe('rate_limited');
        expect(retryAfterSeconds).toBeGreaterThanOrEqual(1);
        time.now += retryAfterSeconds * 1_000;
        expect((await one!.admit(caller())).outcome).toBe('admitted');
      }),
      { numRuns: 50 },
    );
  });

  it('a burst of callers at once is no way round', async () => {
    const {
      processes: [one],
    } = processes(1);
    const outcomes = await Promise.all(Array.from({ length: 2_000 }, () => one!.admit(caller())));
    expect(outcomes.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(600);
  });

  it('credentials do not take from each other, until their organisation has used up its own', async () => {
    const {
      processes: [one],
    } = processes(1, { calls: 10, windowMilliseconds: WINDOW });
    const admitted: number[] = [];
    for (let key = 0; key < 15; key++) admitted.push(await admittedOf(20, one!, caller(`key_${key}`)));
    expect(admitted).toEqual([...Array(LIMITS.organizationCredentials).fill(10), 0, 0, 0, 0, 0]);
    expect(await admittedOf(20, one!, caller('key_elsewhere', 'org_2'))).toBe(10);
  });
});

describe('several processes', () => {
  it('together never admit more than one bucket held, and leave at most a part each unused', async () => {
    const { processes: three } = processes(3);
    const part = LIMIT.calls / LIMITS.callsLeasedPart;
    expect(await admittedOf(5, three[1]!)).toBe(5);
    const first = await admittedOf(1_000, three[0]!);
    expect(first).toBeGreaterThanOrEqual(LIMIT.calls - part);
    expect(first + 5 + (await admittedOf(1_000, three[1]!)) + (await admittedOf(1_000, three[2]!))).toBe(LIMIT.calls);
  });

  it('what was taken in advance and kept over a rest comes on top, a part for each process at most', async () => {
    const { time, processes: three } = processes(3);
    const part = LIMIT.calls / LIMITS.callsLeasedPart;
    for (const one of three) await admittedOf(1, one);
    time.now += WINDOW;
    let admitted = 0;
    for (const one of three) admitted += await admittedOf(1_000, one);
    expect(admitted).toBeLessThanOrEqual(LIMIT.calls + 3 * part);
  });
});

describe('refusals', () => {
  it('the first of a window, by all processes together, is a record; the rest are counted', async () => {
    const { time, counted, processes: two } = processes(2, { calls: 5, windowMilliseconds: 10_000 });
    const recordedOf = async () => {
      const outcomes = await Promise.all(two.flatMap((one) => Array.from({ length: 20 }, () => one.admit(caller()))));
      const refused = outcomes.filter((each) => each.outcome === 'refused');
      return { refused: refused.length, recorded: refused.filter(({ recorded }) => recorded).length };
    };
    expect(await recordedOf()).toEqual({ refused: 35, recorded: 1 });
    expect(counted).toHaveLength(34);
    time.now += 1_000;
    expect(await recordedOf()).toEqual({ refused: 40, recorded: 0 });
    time.now += 9_500;
    expect((await recordedOf()).recorded).toBe(1);
  });

  it('ask nobody: a used-up limit is answered from memory until a call comes back', async () => {
    const {
      buckets,
      processes: [one],
    } = processes(1);
    await admittedOf(601, one!);
    const asked = buckets.asked();
    expect(await admittedOf(10_000, one!)).toBe(0);
    expect(buckets.asked()).toBe(asked);
  });
});

it('an outage of the buckets is the answer of who needed them, and of nobody later', async () => {
  const {
    buckets,
    processes: [one],
  } = processes(1);
  buckets.become('down');
  await expect(one!.admit(caller())).rejects.toThrow('down');
  buckets.become('well');
  expect((await one!.admit(caller())).outcome).toBe('admitted');
});
