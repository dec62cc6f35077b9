// The one way in: `node bin/run.mjs <command> …` sets up what is missing, then runs the command on the pinned Node.
// Runs on any Node from 20 and imports nothing that has to be installed first.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Built output, with errors that point at its sources. */
const BUILT = ['--enable-source-maps'];
/** Sources as they are: aliases lead to them, and whoever runs them strips the types. */
const SOURCES = ['--conditions=deponent-source', '--disable-warning=ExperimentalWarning'];

/** Whether a command needs `dist`, and what it runs: flags of Node, script, first arguments. The rest of the command line follows. */
const COMMANDS = {
  start: { build: true, run: [BUILT, 'dist/apps/cli/main.js', 'start'] },
  deponent: { build: true, run: [BUILT, 'dist/apps/cli/main.js'] },
  demo: { build: true, run: [BUILT, 'dist/test/demo/demo.js'] },
  bench: { build: true, run: [BUILT, 'dist/test/bench/main.js'] },
  // The tests take sources; those of the whole service start the built one.
  test: { build: true, run: [[...SOURCES, '--experimental-vm-modules'], 'node_modules/jest/bin/jest.js'] },
  'test:crash': { build: true, run: [BUILT, 'dist/test/crash/run.js'] },
  'test:verifiers': { build: false, run: [SOURCES, 'test/second-verifier/compare.ts'] },
  check: { build: false, run: [SOURCES, 'test/check/run.mjs'] },
  generate: { build: false, run: [SOURCES, 'test/check/generate.mjs'] },
};

/** Whatever of these changes, `dist` is built again. */
const BUILT_FROM = ['apps', 'libs', 'test/bench', 'test/crash', 'test/demo', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];
const BUILD_STAMP = 'dist/built-from';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...names) => join(root, ...names);
const say = (line) => process.stderr.write(`deponent: ${line}\n`);

class CannotRun extends Error {}

async function runCommand(name, args) {
  const command = COMMANDS[name];
  if (!command) throw new CannotRun(`there is no command "${name ?? ''}"; there are ${Object.keys(COMMANDS).join(', ')}`);
  const isReady = () => isInstalled() && (!command.build || isBuilt());
  if (!isReady()) {
    await alone(() => {
      if (!isInstalled()) install();
      if (command.build && !isBuilt()) build();
    });
  }
  const [flags, script, ...first] = command.run;
  handOver(nodeToRun(), [...flags, at(script), ...first, ...args]);
}

/** npm notes at the end of an install what it installed. Only what is optional (other platforms) may be absent. */
function isInstalled() {
  if (!existsSync(at('node_modules/.package-lock.json'))) return false;
  const packagesOf = (file) => JSON.parse(readFileSync(at(file), 'utf8')).packages;
  const present = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, wanted]) => path === '' || (path in present ? present[path].integrity === wanted.integrity : wanted.optional === true),
  );
}

/** With the npm and the Node that called us: those in node_modules are about to be removed. */
function install() {
  say('installing packages from the lock file (half a minute, once)');
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  const [command, ...first] = npm && basename(npm) === 'npm-cli.js' ? [node ?? process.execPath, npm] : ['npm'];
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'];
  const { status, error } = spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new CannotRun(`npm ci failed${error ? `: ${error.message}` : ''}`);
}

function isBuilt() {
  return existsSync(at(BUILD_STAMP)) && readFileSync(at(BUILD_STAMP), 'utf8') === digestOfSources();
}

function build() {
  say('building');
  const digest = digestOfSources();
  rmSync(at(BUILD_STAMP), { force: true });
  removeOutputsWithoutSource();
  const { status } = spawnSync(nodeToRun(), [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.build.json')], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new CannotRun('the build failed');
  writeFileSync(at(BUILD_STAMP), digest);
}

/** tsc leaves the output of a deleted source behind, where it could still be imported. */
function removeOutputsWithoutSource() {
  for (const output of filesIn(at('dist'))) {
    const source = /^(.*)\.js(\.map)?$/.exec(relative(at('dist'), output))?.[1];
    if (source && !existsSync(at(`${source}.ts`))) rmSync(output);
  }
}

function digestOfSources() {
  const hash = createHash('sha256');
  for (const file of BUILT_FROM.flatMap((path) => filesIn(at(path)))) {
    if (file.endsWith('.test.ts')) continue;
    hash.update(`${relative(root, file)}\0${statSync(file).size}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesIn(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

/** The binary of our own package, else the machine's Node where that is as new. */
function nodeToRun() {
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const pinned = ['node', 'node.exe'].map((file) => at('node_modules', platform, 'bin', file)).find(existsSync);
  if (pinned) return pinned;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  throw new CannotRun(`Node.js 24 or later is needed, this is ${process.version}, and there is no package for this platform (${platform})`);
}

/**
 * Sets up while no other command does. The lock is a directory with one file, named after the process that holds it. It comes
 * into being by a rename, which succeeds where there is none or an empty one; the file of a process that is gone is removed by its name.
 */
async function alone(setUp) {
  mkdirSync(at('.cache'), { recursive: true });
  const lock = at('.cache/set-up.lock');
  const offer = mkdtempSync(at('.cache/offer-'));
  writeFileSync(join(offer, String(process.pid)), '');
  for (let told = false; !renamed(offer, lock); told = true) {
    const holder = readdirSync(lock).find((pid) => Number(pid) !== process.pid && isAlive(Number(pid)));
    if (holder && !told) say(`waiting for process ${holder} to finish setting up (if there is no such process, remove ${lock})`);
    if (holder) await pause(200);
    else for (const name of readdirSync(lock)) rmSync(join(lock, name), { force: true });
  }
  try {
    setUp();
  } finally {
    rmSync(join(lock, String(process.pid)), { force: true });
  }
}

function renamed(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs `node` in our place: the same terminal, every signal handed on, and our end is its end. */
function handOver(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    say(`${node} does not run: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

try {
  await runCommand(process.argv[2], process.argv.slice(3));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  say(error.message);
  process.exitCode = 1;
}
