import { z } from 'zod';
import { stream } from '#tools';
import { policyRules } from './policy.ts';

/** The policies of one organisation. The first version is in force without an event, so event n is version n + 1. */
export const policyStream = stream({
  domain: 'identity',
  noun: 'policy',
  events: {
    PolicyChanged: z.strictObject({ organizationId: z.string(), version: z.int(), hash: z.string(), rules: policyRules }),
  },
  initial: { version: 1 },
  evolve: (_state, { data }) => ({ version: data.version }),
});
