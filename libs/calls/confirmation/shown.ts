import { z } from 'zod';
import { openRow, type Sql } from '#event-store';

const value = z.union([z.string(), z.number(), z.null()]);

/** `name` of a confirmation: what the person who is asked is shown. Null once the question is settled, so that no text outlives it. */
const shownRow = z
  .strictObject({
    /** Who is asking: the person of the credential, and what their client calls itself. */
    email: z.string(),
    client: z.string().nullable(),
    summary: z.string(),
    changes: z.array(z.strictObject({ field: z.string(), from: value, to: value })),
    /** The beginning of the text that would be saved, and how many characters it has in all; null: no text. */
    text: z.strictObject({ beginning: z.string(), characters: z.int() }).nullable(),
  })
  .nullable();

export type Shown = NonNullable<z.infer<typeof shownRow>>;

/** What is shown of a confirmation; null: settled, or unknown. */
export async function readShown(sql: Sql, organization: string, vaultKey: Uint8Array, confirmationId: string): Promise<Shown | null> {
  const { rows } = await sql.query<{ ciphertext: Buffer }>(`select ciphertext from items_vault where organization = $1 and kind = 'name' and id = $2`, [
    organization,
    confirmationId,
  ]);
  const row = rows[0];
  return row === undefined ? null : shownRow.parse(openRow(vaultKey, { kind: 'name', id: confirmationId, ciphertext: row.ciphertext }));
}
