import { type Act, administer, endKey, GOVERNANCE_SCOPES, keyForm, listKeys, makeKey, type Principal, pageQuery } from '#identity';
import { isRefusal, LIMITS } from '#kernel';
import type { OpenHouse } from '#platform';
import { beside } from './beside.ts';
import { type Command, type Given, UsageError } from './command.ts';
import { dataOption } from './settings-flags.ts';

const USAGE = 'Say what to do: deponent key create --user EMAIL | key list | key revoke KEY_ID';

export const key: Command = {
  name: 'key',
  takesOperands: true,
  synopsis: 'create --user EMAIL | list | revoke KEY_ID',
  summary: 'Makes, lists and ends access keys. The secret of a new key is printed once and kept as a hash only.',
  options: {
    ...dataOption,
    user: { type: 'string', value: 'EMAIL', description: 'The member whom the key acts for' },
    organization: { type: 'string', value: 'ID', description: 'Where the member belongs to several organisations' },
    type: { type: 'string', value: 'TYPE', description: 'mcp (default) or governance' },
    scopes: { type: 'string', value: 'A,B', description: 'Scopes, separated by commas (default: mcp:read mcp:write; governance:read)' },
    name: { type: 'string', value: 'NAME', description: 'What the key is called (default: command line)' },
    site: { type: 'string', value: 'ID', description: 'The only site that the key opens' },
    expires: { type: 'string', value: 'TIME', description: 'When it ends, as 2027-01-31T00:00:00Z (default: never)' },
    json: { type: 'boolean', description: 'Prints the result as JSON' },
  },
  async run(given) {
    const [action, keyId, ...others] = given.positionals;
    if (others.length > 0 || (keyId === undefined) === (action === 'revoke')) throw new UsageError(USAGE);
    return beside(given, 'key', async (house) => {
      if (action === 'create') await create(house, given);
      else if (action === 'list') await list(house, given);
      else if (action === 'revoke') await revoke(house, keyId ?? '');
      else throw new UsageError(USAGE);
      return 0;
    });
  },
};

async function create(house: OpenHouse, given: Given): Promise<void> {
  const type = given.text('type') ?? 'mcp';
  const scopes = given.text('scopes')?.split(',') ?? (type === 'mcp' ? house.administration.mcpScopes : GOVERNANCE_SCOPES.slice(0, 1));
  const form = keyForm.safeParse({ type, scopes, name: given.text('name') ?? 'command line', siteId: given.text('site'), expiresAt: given.text('expires') });
  if (!form.success) throw new UsageError(form.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  const made = await done(house, await memberNamed(house, given), makeKey(form.data));
  process.stdout.write(given.flag('json') ? `${JSON.stringify(made)}\n` : `${made.secret}\n`);
}

async function list(house: OpenHouse, given: Given): Promise<void> {
  for (const organization of await house.identities.all()) {
    const { keys } = await house.identities.of(organization);
    const operator = { caller: { organization, user: '' }, role: 'owner', keys } as const;
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = pageQuery({ limit: LIMITS.pageItems, ...(cursor === '' ? {} : { cursor }) });
      if (isRefusal(page)) throw new Error(page.message);
      const { items, nextCursor } = await listKeys(operator, page, house.administration);
      for (const { keyId, type, status, name, scopes, userId, lastUsed } of items)
        process.stdout.write(
          given.flag('json')
            ? `${JSON.stringify({ organizationId: organization, keyId, type, status, name, scopes, userId, lastUsed })}\n`
            : `${keyId}  ${type.padEnd(10)}  ${status.padEnd(7)}  ${lastUsed?.at ?? 'never used'}  ${name}\n`,
        );
      cursor = nextCursor;
    }
  }
}

async function revoke(house: OpenHouse, keyId: string): Promise<void> {
  const { rows } = await house.database.sql.query<{ organization: string; user_id: string }>('select organization, user_id from keys_view where key_id = $1', [
    keyId,
  ]);
  const member = rows[0] === undefined ? null : await house.principals.forOperator(rows[0].organization, rows[0].user_id);
  if (member === null) throw new UsageError(`There is no living key ${keyId}.`);
  await done(house, member, endKey(keyId));
  process.stdout.write(`Revoked ${keyId}.\n`);
}

async function memberNamed(house: OpenHouse, given: Given): Promise<Principal> {
  const email = given.text('user');
  if (email === null) throw new UsageError(USAGE);
  const account = await house.accounts.find(email);
  const organizations = account === null ? [] : await house.sessions.organizationsOf(account.userId);
  const asked = given.text('organization');
  const [organization, ...others] = asked === null ? organizations : organizations.filter((one) => one === asked);
  if (others.length > 0) throw new UsageError(`${email} belongs to several organisations. Say which with --organization: ${organizations.join(', ')}`);
  const member = account === null || organization === undefined ? null : await house.principals.forOperator(organization, account.userId);
  if (member === null) throw new UsageError(`There is no member ${email}.`);
  return member;
}

async function done<Said>(house: OpenHouse, member: Principal, act: Act<Said>): Promise<Said> {
  const said = await administer(member, act, house.administration);
  if (isRefusal(said)) throw new UsageError(said.message);
  return said;
}
