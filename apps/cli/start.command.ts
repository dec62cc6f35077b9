import { once } from 'node:events';
import { setInterval } from 'node:timers';
import type { CallLimit } from '#calls';
import { LIMITS } from '#kernel';
import {
  evidenceHouse,
  jsonLog,
  type Log,
  migrate,
  type OpenHouse,
  openDatabaseServer,
  openDeployment,
  openHouse,
  readSettings,
  type Settings,
  systemRandom,
} from '#platform';
import type { GovernanceHouse } from '../governance/house.ts';
import { serveGovernance } from '../governance/main.ts';
import { serveMcp } from '../mcp/main.ts';
import type { PagesHouse } from '../mcp/own-pages.ts';
import type { Command } from './command.ts';
import { exitWithin } from './exit-within.ts';
import { fillFirstSite } from './fill-site.ts';
import { ensureFirstRun, firstRunFile, refuseExposedFirstRun } from './first-run.ts';
import { freePort, listening, type Place } from './listening.ts';
import { dataOption, settingsFlags } from './settings-flags.ts';
import { startWorker } from './worker-process.ts';

export const start: Command = {
  name: 'start',
  synopsis: '[--data DIR] [--import DIR]',
  summary: 'Starts everything: the database, the MCP endpoint, the governance API and the work behind them.',
  options: {
    ...dataOption,
    import: { type: 'string', value: 'DIR', description: 'Fills the first site from a folder before it is ready' },
    'mcp-port': { type: 'string', value: 'N', description: 'Port of the MCP endpoint (default 3000; 0: any free one)' },
    'governance-port': { type: 'string', value: 'N', description: 'Port of the governance API (default 3001; 0: any free one)' },
    'public-url': { type: 'string', value: 'URL', description: 'The URL under which agents reach the MCP endpoint' },
  },
  async run(given) {
    const settings = readSettings(settingsFlags(given), process.env, process.cwd());
    const log = jsonLog(
      (line) => process.stderr.write(line),
      () => new Date().toISOString(),
    );
    refuseExposedFirstRun(settings);
    const stop = stopSignal(log);
    const server = await openDatabaseServer(settings, log);
    try {
      await serve(settings, given.text('import'), server.url, log, stop);
    } finally {
      await server.stop();
    }
    return 0;
  },
};

/** Resolves when we are told to end. From then on there is so much time, whatever hangs: what is promised is on disk already. */
async function stopSignal(log: Log): Promise<'stop'> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  exitWithin(LIMITS.stopMilliseconds, log);
  return 'stop';
}

async function serve(settings: Settings, importFrom: string | null, databaseUrl: string, log: Log, stop: Promise<'stop'>): Promise<void> {
  const { dataDirectory, host } = settings;
  const asked = placesOf(settings);
  const ports = { mcp: await freePort(asked.mcp), governance: await freePort(asked.governance) };
  await migrate(databaseUrl);
  const deployment = openDeployment(dataDirectory, settings.deploymentKey, systemRandom);
  const publicUrl = (settings.publicUrl ?? `http://${host}:${ports.mcp}`).replace(/\/$/, '');
  const governanceUrl = `http://${host}:${ports.governance}`;

  const house = await openHouse({ databaseUrl, dataDirectory, deployment, publicUrl, callLimit: callLimitOf(settings), processName: 'facade', log });
  const worker = startWorker({ databaseUrl, dataDirectory, deploymentKey: deployment.key.toString('hex'), publicUrl }, log);
  const flushing = setInterval(() => void house.keyUses.flush().catch((error) => log.warn('last uses not written', { error })), LIMITS.keyUseFlushMilliseconds);
  const serving: { close(): Promise<void> }[] = [];
  try {
    const created = await ensureFirstRun(house, deployment, { mcp: `${publicUrl}/mcp`, governance: governanceUrl }, dataDirectory);
    if (created !== null) process.stderr.write(`First start: e-mail, password and keys are in the first-run file: ${firstRunFile(dataDirectory)}\n`);
    const filling = fillFirstSite(house, dataDirectory, importFrom, created !== null);
    if ((await Promise.race([filling, stop])) === 'stop') return;

    const mcp = await listening(asked.mcp, () =>
      serveMcp({
        house: house.calls,
        host,
        port: ports.mcp,
        publicUrl,
        noteUse: house.keyUses.note,
        noteDenied: house.noteDenied,
        pages: pagesHouse(house, dataDirectory),
      }),
    );
    serving.push(mcp);
    const governed = governanceHouse(house, dataDirectory, { publicUrl, governanceUrl }, log);
    const governance = await listening(asked.governance, () => serveGovernance({ house: governed, host, port: ports.governance }));
    serving.push(governance);
    process.stdout.write(`ready ${JSON.stringify({ mcp: mcp.url, governance: governance.url })}\n`);
    await stop;
  } finally {
    await Promise.all(serving.map((server) => server.close()));
    clearInterval(flushing);
    await worker.stop();
    await house.keyUses.flush().catch((error) => log.warn('last uses not written', { error }));
    await house.close();
  }
}

function callLimitOf({ rateLimitCalls, rateLimitWindowS }: Settings): CallLimit | null {
  return rateLimitCalls === 0 ? null : { calls: rateLimitCalls, windowMilliseconds: rateLimitWindowS * 1_000 };
}

function placesOf({ host, mcpPort, governancePort }: Settings): { readonly mcp: Place; readonly governance: Place } {
  return {
    mcp: { host, port: mcpPort, setting: 'mcpPort', option: '--mcp-port' },
    governance: { host, port: governancePort, setting: 'governancePort', option: '--governance-port' },
  };
}

function pagesHouse(house: OpenHouse, dataDirectory: string): PagesHouse {
  const { sessions, principals, database } = house;
  return { sessions, principals, sql: database.sql, evidence: evidenceHouse(house, dataDirectory).reads };
}

type Urls = { readonly publicUrl: string; readonly governanceUrl: string };

function governanceHouse(house: OpenHouse, dataDirectory: string, { publicUrl, governanceUrl }: Urls, log: Log): GovernanceHouse {
  const { reads, exports, policies } = evidenceHouse(house, dataDirectory);
  const { clock, random, principals, sessions, administration, database, keyUses, noteDenied } = house;
  return {
    ...reads,
    exports,
    policies,
    principals,
    sessions,
    administration,
    consoleUrl: governanceUrl,
    secureCookies: publicUrl.startsWith('https:'),
    ready: () =>
      database.sql.query('select 1').then(
        () => true,
        () => false,
      ),
    clock,
    random,
    report: (error, traceId) => log.error('request failed', { traceId, error }),
    noteUse: keyUses.note,
    noteDenied,
  };
}
