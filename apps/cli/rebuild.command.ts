import { following, followingViews, inline, rebuild as rebuildView } from '#evidence';
import { inlineViews, searchIndexOf } from '#platform';
import { beside } from './beside.ts';
import type { Command } from './command.ts';
import { dataOption } from './settings-flags.ts';

export const rebuild: Command = {
  name: 'rebuild',
  synopsis: '',
  summary: 'Builds every view anew from the events, compares it with the old one row for row, and puts it in its place.',
  options: { ...dataOption, json: { type: 'boolean', description: 'Prints the result as JSON' } },
  async run(given) {
    return beside(given, 'rebuild', async (house, { dataDirectory }) => {
      const { database, events } = house;
      const results = [];
      for (const view of [...inlineViews.map(inline), ...followingViews.map(following), searchIndexOf(house, dataDirectory)]) {
        const result = await rebuildView(database.pool, events, view);
        results.push(result);
        if (!given.flag('json'))
          process.stdout.write(`${result.identical ? 'identical' : 'DIFFERENT'}  ${result.view}  as of event ${result.position}  ${result.after}\n`);
      }
      if (given.flag('json')) process.stdout.write(`${JSON.stringify(results)}\n`);
      return results.every(({ identical }) => identical) ? 0 : 1;
    });
  },
};
