import type { EventStore } from '#event-store';
import { type Accounts, type AdministrationHouse, accounts, type logIdentities, type Principals, type Sessions, sessions } from '#identity';
import type { Catalogue } from '#tools';
import type { Database } from './database.ts';
import type { Deployment } from './deployment.ts';
import { systemClock, systemRandom } from './system.ts';

/** What serves people, who sign in and administer, rather than agents, who call. */
export type People = { readonly accounts: Accounts; readonly sessions: Sessions; readonly administration: AdministrationHouse };

export function peopleOf(house: {
  readonly database: Database;
  readonly events: EventStore;
  readonly principals: Principals;
  readonly identities: ReturnType<typeof logIdentities>;
  readonly deployment: Deployment;
  readonly catalogue: Catalogue;
}): People {
  const { principals, identities, deployment } = house;
  const means = { sql: house.database.sql, deploymentKey: deployment.key, clock: systemClock, random: systemRandom };
  const known = accounts(means);
  const signIns = sessions({ ...means, accounts: known, principals });
  const mcpScopes = [...new Set(house.catalogue.entries.map(({ tool }) => tool.scope))].sort();
  const { deploymentKey: _key, ...parts } = means;
  return {
    accounts: known,
    sessions: signIns,
    administration: { ...parts, store: house.events, principals, identities, accounts: known, sessions: signIns, mcpScopes },
  };
}
