import { jsonLog, migrate, type OpenHouse, openDeployment, openHouse, reachDatabaseServer, readSettings, type Settings, systemRandom } from '#platform';
import type { Given } from './command.ts';
import { settingsFlags } from './settings-flags.ts';

/** Opens the house of a data directory for one command, whether a server runs on it or not, and closes it afterwards. */
export async function beside<Result>(given: Given, name: string, work: (house: OpenHouse, settings: Settings) => Promise<Result>): Promise<Result> {
  const settings = readSettings(settingsFlags(given), process.env, process.cwd());
  const log = jsonLog(
    (line) => process.stderr.write(line),
    () => new Date().toISOString(),
  );
  const server = await reachDatabaseServer(settings, log);
  try {
    await migrate(server.url);
    const { dataDirectory } = settings;
    const deployment = openDeployment(dataDirectory, settings.deploymentKey, systemRandom);
    const house = await openHouse({
      databaseUrl: server.url,
      dataDirectory,
      deployment,
      publicUrl: 'http://localhost',
      callLimit: null,
      processName: name,
      log,
    });
    try {
      return await work(house, settings);
    } finally {
      await house.close();
    }
  } finally {
    await server.stop();
  }
}
