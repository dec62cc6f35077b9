import type { Sql, VaultRow } from '#event-store';
import type { RandomBytes } from '#kernel';
import { type NoteSigner, noteSigner } from '#ledger';
import { type OrganizationKeys, organizationKeys, unwrapSecret, wrapSecret } from './organization-keys.ts';

/** What an organisation's log is called and signs with. The signing seeds rest under the deployment's key. */
type LogIdentity = {
  readonly organization: string;
  readonly origin: string;
  readonly logSigner: NoteSigner;
  readonly exportSigner: NoteSigner;
  readonly vaultKey: Buffer;
  readonly keys: OrganizationKeys;
};

const SEED_BYTES = 32;

/** Vault rows with the two Ed25519 seeds of a new organisation: its log's and its exports'. */
export function signingSeeds(organization: string, means: { readonly deploymentKey: Uint8Array; readonly random: RandomBytes }): VaultRow[] {
  return [logRow(organization), exportRow(organization)].map((id) => ({
    kind: 'secret',
    id,
    ciphertext: wrapSecret(means.deploymentKey, id, means.random(SEED_BYTES), means.random),
  }));
}

function logRow(organization: string): string {
  return `${organization}/log`;
}

function exportRow(organization: string): string {
  return `${organization}/export`;
}

const READ = `
  select o.origin, s.ciphertext as secret, l.ciphertext as log, e.ciphertext as export
    from organizations_view o
    join items_vault s on s.organization = o.organization and s.kind = 'secret' and s.id = o.organization
    join items_vault l on l.organization = o.organization and l.kind = 'secret' and l.id = o.organization || '/log'
    join items_vault e on e.organization = o.organization and e.kind = 'secret' and e.id = o.organization || '/export'
   where o.organization = $1`;

export function logIdentities(house: { readonly sql: Sql; readonly deploymentKey: Uint8Array }) {
  const known = new Map<string, LogIdentity>();

  async function read(organization: string): Promise<LogIdentity> {
    const { rows } = await house.sql.query<{ origin: string; secret: Buffer; log: Buffer; export: Buffer }>(READ, [organization]);
    const row = rows[0];
    if (row === undefined) throw new Error(`there is no organisation ${organization}`);
    const open = (id: string, wrapped: Buffer) => unwrapSecret(house.deploymentKey, id, wrapped);
    const keys = organizationKeys(open(organization, row.secret));
    return {
      organization,
      origin: row.origin,
      logSigner: noteSigner(row.origin, open(logRow(organization), row.log)),
      exportSigner: noteSigner(`${row.origin}/export`, open(exportRow(organization), row.export)),
      vaultKey: keys.vault,
      keys,
    };
  }

  return {
    async of(organization: string): Promise<LogIdentity> {
      const identity = known.get(organization) ?? (await read(organization));
      known.set(organization, identity);
      return identity;
    },
    async all(): Promise<readonly string[]> {
      const { rows } = await house.sql.query<{ organization: string }>('select organization from organizations_view order by organization');
      return rows.map(({ organization }) => organization);
    },
  };
}
