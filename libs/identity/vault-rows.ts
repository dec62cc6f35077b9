import { z } from 'zod';

/** `secret` of a key: the SHA-256 of its secret as hex, its name, and the characters of it that lists show. */
export const keyRow = z.strictObject({ sha256: z.string(), name: z.string(), prefix: z.string() });

/** `person` of a user. The password hash is an argon2id PHC string. */
export const personRow = z.strictObject({ email: z.string(), name: z.string(), passwordHash: z.string().nullable() });

/** `name` of an organisation. */
export const organizationRow = z.strictObject({ name: z.string() });
