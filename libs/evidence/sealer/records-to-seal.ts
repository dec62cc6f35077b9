import type { Sql } from '#event-store';
import { LIMITS } from '#kernel';

/** A record's event as it is stored: `eventText` are the very bytes that its leaf will hold. */
export type RecordToSeal = { readonly position: number; readonly recordId: string; readonly groupId: string; readonly eventText: string };

/** Stored types of records: everything of ours but the note that a call outward has begun. Over a column named `type`. */
export const RECORD_TYPES_SQL = `type >= 'deponent.' and type < 'deponent/' and type not like 'deponent.call.started.%'`;

const RECORD_TYPE = /^deponent\.(?!call\.started\.)/;

/** Whether events of this type become leaves. */
export function isRecordType(type: string): boolean {
  return RECORD_TYPE.test(type);
}

const NEXT = `
  select position, id, body from events
   where organization = $1 and position > $2 and ${RECORD_TYPES_SQL}
   order by position limit $3`;

/** The next records of an organisation after `position`, in commit order. */
export async function nextRecords(sql: Sql, organization: string, position: number): Promise<RecordToSeal[]> {
  const { rows } = await sql.query<{ position: string; id: string; body: Buffer }>(NEXT, [organization, position, LIMITS.recordsPerSeal]);
  return rows.map((row) => {
    const eventText = row.body.toString('utf8');
    return { position: Number(row.position), recordId: row.id, groupId: groupOf(eventText), eventText };
  });
}

// The first members of the canonical text, so that a record need not be parsed to be sealed.
const GROUP = /^\{"authid":(?:null|"[^"\\]*"),"authtype":(?:null|"[^"\\]*"),"correlationid":"([A-Za-z0-9_-]+)",/;

function groupOf(eventText: string): string {
  const groupId = GROUP.exec(eventText)?.[1];
  if (groupId === undefined) throw new Error('a stored record states no group where canonical form has it');
  return groupId;
}
