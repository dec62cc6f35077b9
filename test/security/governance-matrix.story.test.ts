import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestMethod } from '@nestjs/common';
import { governanceModule } from '../../apps/governance/governance.module.ts';
import type { GovernanceHouse } from '../../apps/governance/house.ts';
import { House } from '../e2e/house.ts';
import { askConsole, newMember } from '../e2e/people.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { secondOrganization } from '../support/second-organization.ts';

// Every call of the governance API, as its controllers have them, against every reason for which it must not answer. A
// call without a row here fails the first test, so that none is forgotten.

type Ids = {
  readonly group: string;
  readonly recordId: string;
  readonly exportId: string;
  readonly userId: string;
  readonly siteId: string;
  readonly keyId: string;
};
type Row = {
  readonly needs: 'governance:read' | 'governance:export' | 'governance:admin';
  readonly path: (ids: Ids) => string;
  readonly body?: (ids: Ids) => unknown;
};

const row = (needs: Row['needs'], path: Row['path'], body?: Row['body']): Row => ({ needs, path, ...(body === undefined ? {} : { body }) });
const READ = 'governance:read';
const EXPORT = 'governance:export';
const ADMIN = 'governance:admin';

const CALLS: Readonly<Record<string, Row>> = {
  'GET /correlations': row(READ, () => '/correlations'),
  'GET /correlations/:id': row(READ, ({ group }) => `/correlations/${group}`),
  'GET /evidence': row(READ, () => '/evidence'),
  'GET /evidence/:recordId': row(READ, ({ recordId }) => `/evidence/${recordId}`),
  'GET /evidence/:recordId/proof': row(READ, ({ recordId }) => `/evidence/${recordId}/proof`),
  'GET /audit': row(READ, () => '/audit'),
  'GET /changes': row(READ, () => '/changes'),
  'GET /log/checkpoint': row(READ, () => '/log/checkpoint'),
  'GET /log/tile/*path': row(READ, () => '/log/tile/0/x999/999'),
  'GET /log/trust': row(READ, () => '/log/trust'),
  'GET /log/consistency': row(READ, () => '/log/consistency?from=1&to=1'),
  'POST /exports': row(
    EXPORT,
    () => '/exports',
    ({ group }) => ({ scope: { correlationIds: [group] }, profile: 'hashes', reason: 'matrix' }),
  ),
  'GET /exports/:exportId': row(EXPORT, ({ exportId }) => `/exports/${exportId}`),
  'GET /exports/:exportId/bundle': row(EXPORT, ({ exportId }) => `/exports/${exportId}/bundle`),
  'GET /policies': row(READ, () => '/policies'),
  'PUT /policies': row(
    ADMIN,
    () => '/policies',
    () => ({}),
  ),
  'GET /members': row(ADMIN, () => '/members'),
  'GET /members/:id': row(ADMIN, ({ userId }) => `/members/${userId}`),
  'POST /members': row(
    ADMIN,
    () => '/members',
    () => ({ email: 'not an address' }),
  ),
  'PATCH /members/:userId': row(
    ADMIN,
    ({ userId }) => `/members/${userId}`,
    () => ({ role: 'member' }),
  ),
  'DELETE /members/:id': row(ADMIN, ({ userId }) => `/members/${userId}`),
  'GET /sites': row(ADMIN, () => '/sites'),
  'POST /sites': row(
    ADMIN,
    () => '/sites',
    () => ({ name: '' }),
  ),
  'GET /sites/:siteId': row(ADMIN, ({ siteId }) => `/sites/${siteId}`),
  'PATCH /sites/:siteId': row(
    ADMIN,
    ({ siteId }) => `/sites/${siteId}`,
    () => ({ readOnly: false }),
  ),
  'GET /sites/:siteId/members': row(ADMIN, ({ siteId }) => `/sites/${siteId}/members`),
  'POST /sites/:siteId/members': row(
    ADMIN,
    ({ siteId }) => `/sites/${siteId}/members`,
    ({ userId }) => ({ members: [{ userId, role: 'viewer' }] }),
  ),
  'DELETE /sites/:siteId/members/:userId': row(ADMIN, ({ siteId, userId }) => `/sites/${siteId}/members/${userId}`),
  'POST /sites/:siteId/accept': row(
    ADMIN,
    ({ siteId }) => `/sites/${siteId}/accept`,
    () => ({}),
  ),
  'GET /keys': row(ADMIN, () => '/keys'),
  'GET /keys/:keyId': row(ADMIN, ({ keyId }) => `/keys/${keyId}`),
  'POST /keys': row(
    ADMIN,
    () => '/keys',
    () => ({ type: 'none' }),
  ),
  'PATCH /keys/:keyId': row(
    ADMIN,
    ({ keyId }) => `/keys/${keyId}`,
    () => ({ name: 'renamed' }),
  ),
  'DELETE /keys/:keyId': row(ADMIN, ({ keyId }) => `/keys/${keyId}`),
  'GET /clients': row(ADMIN, () => '/clients'),
  'GET /settings': row(ADMIN, () => '/settings'),
  'PUT /settings': row(
    ADMIN,
    () => '/settings',
    () => ({ keys: 'everyone' }),
  ),
  'GET /session': row(ADMIN, () => '/session'),
  'PUT /session/password': row(
    ADMIN,
    () => '/session/password',
    () => ({}),
  ),
  'DELETE /session': row(ADMIN, () => '/session'),
};

/** What anybody may ask: signing in, becoming a member, health. */
const OPEN = ['POST /session', 'POST /invitations/accept', 'GET /healthz', 'GET /readyz'];

/** Every route of the controllers, as `GET /evidence/:recordId`. */
function routes(): string[] {
  // Sound: the module is only asked for its list of controllers.
  const { controllers = [] } = governanceModule({} as GovernanceHouse);
  return controllers.flatMap((controller) =>
    Object.getOwnPropertyNames(controller.prototype)
      .filter((name) => name !== 'constructor')
      .map((name) => controller.prototype[name])
      .filter((handler) => Reflect.hasMetadata('path', handler))
      .map((handler) => {
        const path = [Reflect.getMetadata('path', controller), Reflect.getMetadata('path', handler)]
          .join('/')
          .replace(/^\/?(api\/v1)?\/*/, '')
          .replace(/\/+$/, '');
        return `${RequestMethod[Reflect.getMetadata('method', handler)]} /${path.replace(/\/{2,}/g, '/')}`;
      }),
  );
}

const withIds = Object.entries(CALLS).filter(
  ([, { path }]) => path(nobody()) !== path({ ...nobody(), group: '1', recordId: '1', exportId: '1', userId: '1', siteId: '1', keyId: '1' }),
);

function nobody(): Ids {
  return {
    group: `cor_${'a'.repeat(39)}`,
    recordId: '01900000-0000-7000-8000-000000000000',
    exportId: 'exp_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    userId: 'usr_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    siteId: 'sit_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    keyId: 'key_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  };
}

const deploymentKey = randomBytes(32);
let database: TestDatabase;
let house: House;
let foreign: Ids;

beforeAll(async () => {
  database = await createTestDatabase();
  house = await House.start({ env: { DATABASE_URL: database.url, DEPONENT_DEPLOYMENT_KEY: deploymentKey.toString('hex'), DEPONENT_RATE_LIMIT_CALLS: '0' } });
  const second = await secondOrganization(database.url, deploymentKey);
  const call = await house.call(
    'content_list_sites',
    {},
    { headers: { authorization: `Bearer ${second.access}` }, meta: { 'deponent/correlationId': 'theirs' } },
  );
  const { recordId, correlationId: group } = call.result._meta['deponent/call'];
  const theirs = async (method: string, path: string, body?: unknown) =>
    (await house.governanceResponse(method, path, body, second.governance)).json() as Promise<Record<string, never>>;
  const { exportId = '' } = await theirs('POST', '/exports', { scope: { correlationIds: [group] }, profile: 'full', reason: 'matrix' });
  const { items = [] } = (await theirs('GET', '/keys')) as { items?: { keyId: string }[] };
  foreign = { group, recordId, exportId, userId: second.userId, siteId: second.siteId, keyId: items[0]?.keyId ?? '' };
}, 120_000);

afterAll(async () => {
  await house.end();
  await database.drop();
}, 30_000);

async function ask(name: string, ids: Ids, key: string | null) {
  const { path, body } = CALLS[name] ?? row(READ, () => '/none');
  const [method = ''] = name.split(' ');
  const headers = { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const response = await fetch(`${house.governanceUrl}/api/v1${path(ids)}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body(ids)) }),
  });
  const text = await response.text();
  return { status: response.status, text, code: response.headers.get('content-type')?.startsWith('application/problem') ? JSON.parse(text).code : null };
}

it('has a row for every call', () => {
  expect(routes().sort()).toEqual([...Object.keys(CALLS), ...OPEN].sort());
});

describe('every call', () => {
  it('is closed to strangers, to keys of another type, and to revoked keys', async () => {
    const made = await house.governance('POST', '/keys', { type: 'governance', name: 'short', scopes: [READ, EXPORT, ADMIN] });
    await house.governanceResponse('DELETE', `/keys/${made.keyId}`);
    for (const name of Object.keys(CALLS)) {
      for (const key of [null, 'nonsense', house.firstRun.accessKey, made.secret]) {
        const { status, code } = await ask(name, nobody(), key);
        expect([name, status, code]).toEqual([name, 401, 'unauthenticated']);
      }
    }
  });

  it('needs its scope, and says which', async () => {
    for (const scope of [READ, EXPORT, ADMIN]) {
      const { secret } = await house.governance('POST', '/keys', { type: 'governance', name: scope, scopes: [scope] });
      for (const [name, { needs }] of Object.entries(CALLS)) {
        const { status, code, text } = await ask(name, nobody(), secret);
        if (needs === scope) expect([name, code]).not.toEqual([name, 'scope_missing']);
        else expect([name, status, code, text.includes(needs)]).toEqual([name, 403, 'scope_missing', true]);
      }
    }
  });

  it("with another organisation's ids answers as for ids that do not exist, byte for byte", async () => {
    for (const [name] of withIds) {
      const [theirs, none] = [await ask(name, foreign, house.firstRun.governanceKey), await ask(name, nobody(), house.firstRun.governanceKey)];
      const plain = ({ text }: { text: string }) => text.replace(/"traceId":"[^"]*"/, '');
      expect([name, theirs.status, plain(theirs)]).toEqual([name, none.status, plain(none)]);
      expect([name, theirs.status]).toEqual([name, 404]);
    }
    expect((await ask('POST /exports', foreign, house.firstRun.governanceKey)).text).toContain('not_found');
  });
});

describe('roles', () => {
  it('an auditor reads and exports nothing; a member sees nothing of governance', async () => {
    const auditor = await newMember(house, 'auditor@example.org', { role: 'auditor' });
    const member = await newMember(house, 'member@example.org', { role: 'member' });
    const reach = async (cookie: string, name: string) => {
      const { path, body } = CALLS[name] ?? row(READ, () => '/none');
      return askConsole(house, name.split(' ')[0] ?? '', path(nobody()), body?.(nobody()), cookie);
    };
    for (const [name, { needs }] of Object.entries(CALLS)) {
      if (needs === ADMIN) continue;
      expect([name, (await reach(member.cookie, name)).said?.code]).toEqual([name, 'permission_denied']);
      if (needs === EXPORT) expect([name, (await reach(auditor.cookie, name)).said?.code]).toEqual([name, 'permission_denied']);
      else expect([name, (await reach(auditor.cookie, name)).said?.code]).not.toEqual([name, 'permission_denied']);
    }
    for (const name of ['GET /members', 'POST /members', 'DELETE /members/:id', 'PUT /policies', 'GET /settings', 'PUT /settings', 'POST /sites'])
      for (const { cookie } of [auditor, member]) expect([name, (await reach(cookie, name)).said?.code]).toEqual([name, 'permission_denied']);
  });
});
