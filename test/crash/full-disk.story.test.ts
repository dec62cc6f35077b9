import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { fillDisk, onSmallDisk } from '../support/small-disk.ts';
import { sendAgents } from './agents.ts';
import { fileIdsOf, houseWithFiles } from './crash.ts';
import { judge, watchLog } from './judge.ts';

const DISK_MEGABYTES = 200;

it('a full disk: calls are answered "unavailable", nothing is released unrecorded, and with room it goes on by itself', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'deponent-disk-'));
  const house = await houseWithFiles({ directory, prefix: onSmallDisk(directory, DISK_MEGABYTES) });
  const filler = join(house.dataDirectory, 'filler');
  const watch = await watchLog(house);
  const agents = sendAgents(house, await fileIdsOf(house));
  try {
    const answers = async () => agents.receipts.length;
    await house.eventually(answers, (count) => count > 100);

    // Full is when no answer has come for a second, though every byte that others free is taken at once.
    for (let quiet = 0, before = -1; quiet < 10; before = agents.receipts.length) {
      fillDisk(filler);
      await pause(100);
      quiet = agents.receipts.length === before ? quiet + 1 : 0;
    }
    const [answered, refused] = [agents.receipts.length, agents.unavailable.calls];
    for (let moment = 0; moment < 30; moment++) {
      fillDisk(filler);
      await pause(100);
    }
    expect([agents.receipts.length, agents.wrong]).toEqual([answered, []]);
    expect(agents.unavailable.calls).toBeGreaterThan(refused + 100);

    rmSync(filler);
    await house.eventually(answers, (count) => count > answered + 200, 60);
    // Sealing yields the processor to calls, so on a busy machine it comes later.
    await house.eventually(
      async () => watch.notes.length,
      (count) => count > 0,
      60,
    );
    await agents.callBack();
    await watch.end();
    expect(agents.unanswered).toEqual([]);
    expect(agents.unavailable.slowest).toBeLessThan(10_000);
    expect(await judge(house, agents, watch)).toEqual([]);
  } finally {
    await Promise.all([agents.callBack(), watch.end()]);
    expect(await house.end()).toBe(0);
  }
}, 180_000);
