import { z } from 'zod';

/** `secret` of a key: the SHA-256 of its secret as hex, its name, and the characters of it that lists show. */
export const keyRow = z.strictObject({ sha256: z.string(), name: z.string(), prefix: z.string() });

/** `person` of a member, in each organisation its own. */
export const personRow = z.strictObject({ email: z.string(), name: z.string() });

/** `name` of an organisation. */
export const organizationRow = z.strictObject({ name: z.string() });
