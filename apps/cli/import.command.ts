import { resolve } from 'node:path';
import { beside } from './beside.ts';
import { type Command, UsageError } from './command.ts';
import { importAndReport } from './fill-site.ts';
import { dataOption } from './settings-flags.ts';
import { siteNamed } from './site-named.ts';

export const importFolder: Command = {
  name: 'import',
  synopsis: 'DIR --site NAME',
  summary: 'Brings a folder of this machine into a site: new files, and new versions of files that have changed.',
  options: { ...dataOption, site: { type: 'string', value: 'NAME', description: 'The site to fill, by name or id; made where there is none of that name' } },
  takesOperands: true,
  async run(given) {
    const [directory, ...others] = given.positionals;
    const site = given.text('site');
    if (directory === undefined || others.length > 0 || site === null) throw new UsageError('Say which folder and which site: deponent import DIR --site NAME');
    await beside(given, 'import', async (house, { dataDirectory }) => {
      await importAndReport(house, dataDirectory, { ...(await siteNamed(house, site)), directory: resolve(directory) });
    });
    return 0;
  },
};
