import type { IForbiddenRuleType, IReachabilityForbiddenRuleType, IRegularForbiddenRuleType } from 'dependency-cruiser';
import {
  ADAPTERS,
  ANYWHERE,
  CHOOSES_ADAPTERS,
  ENTRY_POINTS,
  FORBIDDEN_BUILT_INS,
  IO_BUILT_INS,
  PACKAGES,
  type PackageHome,
  ROOMS,
  type Room,
  SIBLINGS,
  TEST_FILES,
  VERIFIER,
} from './floors.ts';

/** The tables of `floors.ts` as dependency-cruiser's forbidden rules. */
export function forbiddenRules(): IForbiddenRuleType[] {
  return [
    ...Object.entries(ROOMS).map(([name, room]) => floor(name, room)),
    ...SIBLINGS.map(siblings),
    ...PACKAGES.filter(({ homes }) => homes !== ANYWHERE).map(packageHome),
    ...FORBIDDEN_BUILT_INS.map(({ name, from, why }) =>
      forbid(`no-io-in-${name}`, why, { path: from, pathNot: TEST_FILES }, { path: `^(?:node:)?(?:${IO_BUILT_INS.join('|')})$` }),
    ),
    ...SHAPE,
  ];
}

const SHAPE: readonly IForbiddenRuleType[] = [
  forbid(
    'through-the-index',
    'a library is imported through its index',
    { path: '^libs/([^/]+)/' },
    { path: '^libs/', pathNot: ['^libs/$1/', '/index\\.ts$'] },
  ),
  forbid('through-the-index-from-outside', 'a library is imported through its index', { path: '^(?:apps|bin)/' }, { path: '^libs/', pathNot: '/index\\.ts$' }),
  forbid(
    'through-the-alias',
    'a library is imported by its alias (#kernel), not by its path',
    { path: '^(?:libs/([^/]+)|apps)/' },
    { path: '^libs/', pathNot: '^libs/$1/', dependencyTypesNot: ['aliased'] },
  ),
  forbid('adapters-are-chosen-above', 'who uses a port does not choose its adapter', { path: '^libs/([^/]+)/', pathNot: CHOOSES_ADAPTERS }, { path: ADAPTERS }),
  forbid('production-imports-no-tests', 'tests are not shipped', { path: '^(?:libs|apps|bin)/', pathNot: TEST_FILES }, { path: ['^test/', TEST_FILES] }),
  forbid(
    'verifier-stands-alone',
    'whoever verifies trusts the kernel and the ledger alone',
    { path: VERIFIER.from, pathNot: TEST_FILES },
    { path: '^(?:libs|apps)/', pathNot: VERIFIER.rooms.map((room) => `^${room}/`), reachable: true },
  ),
  forbid('no-cycles', 'two files that need each other are one file', {}, { circular: true }),
  forbid('no-dead-files', 'nothing that runs reaches this file', { path: ENTRY_POINTS }, { path: '^(?:libs|apps)/', pathNot: ENTRY_POINTS, reachable: false }),
  forbid('resolvable', 'the import leads nowhere', {}, { couldNotResolve: true }),
  forbid('declared', 'the package is not in package.json', {}, { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] }),
  forbid(
    'no-dev-dependency-in-production',
    'it is not installed in production',
    { path: '^(?:libs|apps|bin)/', pathNot: TEST_FILES },
    { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'package-has-a-home',
    'the package stands in no row of PACKAGES in test/architecture/floors.ts',
    {},
    { path: '(?:^|/)node_modules/', pathNot: PACKAGES.map(modulePath) },
  ),
];

/** A room imports itself and what its row names. Its tests may also use test/. */
function floor(name: string, room: Room): IForbiddenRuleType {
  const allowed = [room.path, ...room.mayImport.map(pathOf)].map((path) => `^${path}/`);
  return forbid(`floor-${name}`, room.why, { path: `^${room.path}/` }, { path: '^(?:libs|apps)/', pathNot: allowed });
}

function pathOf(name: string): string {
  const room = ROOMS[name];
  if (room === undefined) throw new Error(`floors.ts names no room ${name}`);
  return room.path;
}

function siblings(path: string): IForbiddenRuleType {
  return forbid(`siblings-of-${path}`, 'siblings do not know each other', { path: `^${path}/([^/]+)/` }, { path: `^${path}/`, pathNot: `^${path}/$1/` });
}

function packageHome(home: PackageHome): IForbiddenRuleType {
  return forbid(`home-of-${home.name}`, home.why, { pathNot: ['(?:^|/)node_modules/', ...home.homes] }, { path: modulePath(home) });
}

/** Matches the files of the packages, of their types, and their bare names where they could not be resolved. */
function modulePath({ packages }: PackageHome): string {
  const names = packages.map((name) => name.replace('/*', '/[^/]+')).join('|');
  return `(?:^|/node_modules/|^node_modules/)(?:@types/)?(?:${names})(?:/|$)`;
}

type From = IRegularForbiddenRuleType['from'];
type To = IRegularForbiddenRuleType['to'] | IReachabilityForbiddenRuleType['to'];

function forbid(name: string, comment: string, from: From, to: To): IForbiddenRuleType {
  // Sound: a rule is of the one kind or of the other by what its `to` holds; TypeScript does not see that the union distributes.
  return { name, comment, severity: 'error', from, to } as IForbiddenRuleType;
}
