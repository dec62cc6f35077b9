import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isRefusal } from '#kernel';
import { FIRST_POLICY, type PolicyRules, policyOf, policyRules } from './policy.ts';
import { changePolicy } from './policy-change.ts';
import { mcpIsOn, policyOffers, switchesInForce } from './policy-in-force.ts';
import { siteRolesNow } from './site-grant.ts';

const switches = fc.record({ ai: fc.boolean(), mcp: fc.boolean(), readOnly: fc.boolean() });
const site = fc.record({ mcp: fc.boolean(), readOnly: fc.boolean(), archived: fc.boolean() });
const NOW = 1_000;

/** What an agent may do in a site, decided as the pipeline decides it. */
function inSite(
  policy: { strict: boolean; ai: boolean; mcp: boolean; readOnly: boolean },
  account: Parameters<typeof switchesInForce>[1],
  at: { mcp: boolean; readOnly: boolean; archived: boolean },
) {
  const inForce = switchesInForce(policy, account);
  const grant = { role: 'owner', expiresAt: null, accepted: true, ...at } as const;
  const caller = {
    organization: 'org_1',
    user: 'usr_1',
    credential: { id: 'key_1', type: 'access_key' },
    client: null,
    scopes: new Set<string>(),
    boundSite: null,
  } as const;
  const standing = siteRolesNow({ sites: new Map([['sit_1', grant]]), caller }, NOW).standingIn('sit_1');
  const reaches = mcpIsOn(inForce) && standing !== null;
  return { reads: reaches, writes: reaches && !inForce.readOnly && standing?.readOnly !== true };
}

describe('three levels of switches', () => {
  it('what holds is never more permissive than the policy, nor than the site', () => {
    fc.assert(
      fc.property(fc.boolean(), switches, switches, site, (strict, policy, account, at) => {
        const may = inSite({ strict, ...policy }, account, at);
        if (may.reads) expect({ ai: policy.ai, mcp: policy.mcp, siteMcp: at.mcp }).toEqual({ ai: true, mcp: true, siteMcp: true });
        if (may.writes) expect([policy.readOnly, at.readOnly, at.archived]).toEqual([false, false, false]);
      }),
    );
  });

  it('a strict policy is what holds, whatever the account says; another is narrowed by it, never widened', () => {
    fc.assert(
      fc.property(switches, switches, (policy, account) => {
        expect(switchesInForce({ strict: true, ...policy }, account)).toEqual(policy);
        const narrowed = switchesInForce({ strict: false, ...policy }, account);
        for (const level of [policy, account]) {
          expect(narrowed.ai && !level.ai).toBe(false);
          expect(narrowed.mcp && !level.mcp).toBe(false);
          expect(!narrowed.readOnly && level.readOnly).toBe(false);
        }
        expect(switchesInForce({ strict: false, ...policy }, policy)).toEqual(policy);
      }),
    );
  });

  it('turning any one switch off, from all on, stops reading or writing', () => {
    const on = { ai: true, mcp: true, readOnly: false };
    const open = { mcp: true, readOnly: false, archived: false };
    expect(inSite({ strict: false, ...on }, on, open)).toEqual({ reads: true, writes: true });
    for (const off of [{ ai: false }, { mcp: false }]) {
      expect(inSite({ strict: false, ...on, ...off }, on, open).reads).toBe(false);
      expect(inSite({ strict: false, ...on }, { ...on, ...off }, open).reads).toBe(false);
    }
    expect(inSite({ strict: false, ...on }, on, { ...open, mcp: false }).reads).toBe(false);
    for (const may of [
      inSite({ strict: false, ...on, readOnly: true }, on, open),
      inSite({ strict: false, ...on }, { ...on, readOnly: true }, open),
      inSite({ strict: false, ...on }, on, { ...open, readOnly: true }),
    ])
      expect(may).toEqual({ reads: true, writes: false });
  });
});

it('the tool policy offers all tools, those that only read, or the named ones', () => {
  const read = { name: 'content_help', readOnly: true };
  const write = { name: 'content_save_file', readOnly: false };
  const offered = (mode: PolicyRules['tools']['mode'], names: string[] = []) => [read, write].map((tool) => policyOffers({ tools: { mode, names } }, tool));
  expect(offered('all')).toEqual([true, true]);
  expect(offered('read_only', ['content_save_file'])).toEqual([true, false]);
  expect(offered('custom', ['content_save_file'])).toEqual([false, true]);
  expect(offered('custom')).toEqual([false, false]);
});

describe('a version of a policy', () => {
  const { version: _version, hash: _hash, ...rules } = FIRST_POLICY;
  const facts = { organizationId: 'org_1', current: FIRST_POLICY, isTool: (name: string) => name.startsWith('content_') };
  const means = { clock: () => NOW, random: (length: number) => new Uint8Array(length) };

  it('has the hash of its rules, whatever the version and the order of what it names', () => {
    const named = (names: string[], confirm: PolicyRules['confirm']) =>
      policyOf(7, policyRules.parse({ ...rules, tools: { mode: 'custom', names }, confirm })).hash;
    expect(policyOf(7, rules).hash).toBe(FIRST_POLICY.hash);
    expect(FIRST_POLICY.hash).toBe('sha256:a6c7ab298aa9d7c9c893f9aa32cf7bda038109dcecc8e01f736d6e3ea62fe099');
    expect(named(['b', 'a', 'b'], { y: 'human', x: 'flag' })).toBe(named(['a', 'b'], { x: 'flag', y: 'human' }));
    expect(named(['a'], {})).not.toBe(named(['a', 'b'], {}));
  });

  it('follows the current one, on the very version it was made from', () => {
    const changed = changePolicy({ ...FIRST_POLICY, at: '2026-11-20T10:00:00.000Z', mcp: false }, facts, means);
    if (isRefusal(changed)) throw new Error(changed.message);
    expect(changed.policy).toMatchObject({ version: 2, mcp: false });
    expect(changed.request).toMatchObject({ streams: [{ stream: 'identity.policy-org_1', expected: 0 }], bump: ['authority/org_1'] });
    const stored = JSON.parse(Buffer.from(changed.request.streams[0]?.events[0]?.body ?? '').toString());
    expect(stored).toEqual({ organizationId: 'org_1', version: 2, hash: changed.policy.hash, rules: { ...rules, mcp: false } });
  });

  it.each([
    ['an unknown member', { ...rules, web: true }, 'invalid_params', ''],
    ['a missing one', { ...rules, strict: undefined }, 'invalid_params', 'strict'],
    ['an unknown mode', { ...rules, tools: { mode: 'some', names: [] } }, 'invalid_params', 'tools.mode'],
    ['a tool that is none', { ...rules, governance: { active: true, raised: ['content_help', 'secret_name'] } }, 'invalid_params', 'governance.raised'],
    ['a rule for a tool that is none', { ...rules, confirm: { other: 'human' } }, 'invalid_params', 'confirm'],
    ['text in the place of a name', { ...rules, tools: { mode: 'custom', names: ['../../etc'] } }, 'invalid_params', 'tools.names.0'],
    ['not an object', null, 'invalid_params', ''],
    ['another version', { ...rules, version: 3 }, 'conflict', undefined],
  ])('is refused with %s', (_what, sent, code, path) => {
    const refused = changePolicy(sent, facts, means);
    expect(refused).toMatchObject({ refused: true, code });
    if (isRefusal(refused)) expect(refused.issues?.[0]?.path).toBe(path);
  });
});
