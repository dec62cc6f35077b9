import { z } from 'zod';
import { openRow, sealRow } from '#event-store';
import { follows } from '../facts.ts';
import type { Principal } from '../principal.ts';
import { isAdministrator } from '../roles.ts';
import { type KeyMakers, organizationStream } from '../streams.ts';
import { organizationRow } from '../vault-rows.ts';
import type { Act, AdministrationHouse } from './administer.ts';
import type { settingsForm } from './forms.ts';
import { NOT_ADMINISTRATOR } from './refusals.ts';

/** What an organisation sets beside its policy. `keys`: who may make access keys for themselves. */
export type OrganizationSettings = { readonly organizationId: string; readonly name: string; readonly keys: KeyMakers };

export async function readSettingsOf({ caller, keys }: Principal, { sql }: Pick<AdministrationHouse, 'sql'>): Promise<OrganizationSettings> {
  const { rows } = await sql.query<{ keys: KeyMakers; ciphertext: Buffer }>(
    `select o.keys, v.ciphertext from organizations_view o
       join items_vault v on v.organization = o.organization and v.kind = 'name' and v.id = o.organization where o.organization = $1`,
    [caller.organization],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`there is no organisation ${caller.organization}`);
  const { name } = organizationRow.parse(openRow(keys.vault, { kind: 'name', id: caller.organization, ciphertext: row.ciphertext }));
  return { organizationId: caller.organization, name, keys: row.keys };
}

export function setOrganization(form: z.infer<typeof settingsForm>): Act<OrganizationSettings> {
  return async (actor, house) => {
    if (!isAdministrator(actor.role)) return NOT_ADMINISTRATOR;
    const { organization: organizationId, user: by } = actor.caller;
    const before = await readSettingsOf(actor, house);
    const after = { ...before, name: form.name ?? before.name, keys: form.keys ?? before.keys };
    const set = { type: 'OrganizationSet', data: { organizationId, by, keys: after.keys } } as const;
    return {
      streams: [follows(organizationStream, organizationId, set, house)],
      vault: [sealRow(actor.keys.vault, 'name', organizationId, { name: after.name }, house.random)],
      said: after,
    };
  };
}
