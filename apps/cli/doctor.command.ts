import { existsSync } from 'node:fs';
import { compareRebuilt, following, followingViews, inline, rehashLog, viewsAsOf } from '#evidence';
import { inlineViews, type OpenHouse, type Settings, searchIndexOf } from '#platform';
import { beside } from './beside.ts';
import type { Command } from './command.ts';
import { firstRunFile } from './first-run.ts';
import { dataOption } from './settings-flags.ts';

/** `warning`: nothing is wrong yet. */
type Finding = { readonly check: string; readonly status: 'ok' | 'warning' | 'failed'; readonly detail: string };

export const doctor: Command = {
  name: 'doctor',
  synopsis: '',
  summary: 'Examines a data directory: durability, first secrets, every log against its signed checkpoint, every view against its events.',
  options: { ...dataOption, json: { type: 'boolean', description: 'Prints the findings as JSON' } },
  async run(given) {
    return beside(given, 'doctor', async (house, settings) => {
      const findings: Finding[] = [];
      for await (const finding of examine(house, settings)) {
        findings.push(finding);
        if (!given.flag('json')) process.stdout.write(`${finding.status.padEnd(7)}  ${finding.check}: ${finding.detail}\n`);
      }
      if (given.flag('json')) process.stdout.write(`${JSON.stringify(findings)}\n`);
      return findings.some(({ status }) => status === 'failed') ? 1 : 0;
    });
  },
};

async function* examine(house: OpenHouse, { dataDirectory, databaseUrl }: Settings): AsyncGenerator<Finding> {
  const { database, events, identities } = house;
  const where = databaseUrl === undefined ? 'the embedded PostgreSQL' : 'the database of the settings';
  // Opening the house has refused a database that would forget.
  yield { check: 'durability', status: 'ok', detail: `${where} keeps what it acknowledges` };

  const file = firstRunFile(dataDirectory);
  yield existsSync(file)
    ? { check: 'first secrets', status: 'warning', detail: `${file} still holds them; keep them elsewhere, then: npx deponent first-run --forget` }
    : { check: 'first secrets', status: 'ok', detail: 'no file holds them' };

  const organizations = await identities.all();
  for (const organization of organizations) {
    const { leaves, problems } = await rehashLog(database.pool, await identities.of(organization));
    const check = `log of ${organization}`;
    yield problems.length === 0
      ? { check, status: 'ok', detail: `${leaves} leaves hash to the signed checkpoint` }
      : { check, status: 'failed', detail: problems.join('; ') };
  }

  const behind = (await events.head()) - (await viewsAsOf(database.pool));
  yield {
    check: 'following views',
    status: behind > 0 ? 'warning' : 'ok',
    detail: behind > 0 ? `${behind} events behind (a running server catches up)` : 'up to date',
  };
  for (const view of [...inlineViews.map(inline), ...followingViews.map(following), searchIndexOf(house, dataDirectory)]) {
    const { identical, position } = await compareRebuilt(database.pool, events, view);
    yield identical
      ? { check: `view ${view.name}`, status: 'ok', detail: `equal to its events up to ${position}` }
      : { check: `view ${view.name}`, status: 'failed', detail: `differs from its events up to ${position}; npx deponent rebuild makes it anew` };
  }
}
