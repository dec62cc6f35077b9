import { readSettings } from '#platform';
import { type Command, UsageError } from './command.ts';
import { firstRunFile, forgetFirstRun } from './first-run.ts';
import { dataOption, settingsFlags } from './settings-flags.ts';

export const firstRun: Command = {
  name: 'first-run',
  synopsis: '--forget',
  summary: 'Deletes the file with the first password and keys, once they are kept elsewhere.',
  options: { ...dataOption, forget: { type: 'boolean', description: 'Deletes <data>/first-run.json' } },
  async run(given) {
    if (!given.flag('forget')) throw new UsageError('Say what to do with it: deponent first-run --forget');
    const { dataDirectory } = readSettings(settingsFlags(given), process.env, process.cwd());
    const file = firstRunFile(dataDirectory);
    process.stdout.write(forgetFirstRun(dataDirectory) ? `Deleted ${file}.\n` : `There is no ${file}.\n`);
    return 0;
  },
};
