import { migrations as identity } from './migrations.ts';
import { policyMigrations } from './policy-migrations.ts';

/** The order of a part never changes; one part does not refer to the other. */
export const migrations = [...identity, ...policyMigrations];
