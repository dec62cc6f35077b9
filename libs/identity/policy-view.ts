import type { InlineView } from '#event-store';
import { policyStream } from './policy-streams.ts';

/** Every version of every policy but the first, which all organisations have in common. */
export const policyView: InlineView = {
  name: 'policies',
  tables: ['policies_view'],
  handles: policyStream.types,
  async apply({ type, body, recordedAt }, sql) {
    const { organizationId, version, hash, rules } = policyStream.parse(type, JSON.parse(body.toString('utf8'))).data;
    await sql.query('insert into policies_view (organization, version, hash, rules, saved_at) values ($1, $2, $3, $4, $5)', [
      organizationId,
      version,
      hash,
      JSON.stringify(rules),
      recordedAt,
    ]);
  },
};
