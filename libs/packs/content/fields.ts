import { z } from 'zod';
import { LIMITS } from '#kernel';

/** Arguments that several tools of the pack take. Ids are opaque: one of the wrong form is simply not found. */

const id = z.string().max(LIMITS.argumentCharacters);

export const siteId = id.describe('Id of a site, from content_list_sites.');
export const contentId = id.describe('Id of a file or folder, from a list or a search.');
export const fileId = id.describe('Id of a file, from a list or a search.');
export const folderId = id.nullish().describe('Id of a folder in that site; left out or null: the top of the site.');

const rfc3339 = z.iso.datetime({ offset: true });

/** A time, kept as it was written: the record has digests of the arguments as they were sent. */
export const instant = z
  .string()
  .max(LIMITS.argumentCharacters)
  .refine((text) => rfc3339.safeParse(text).success, 'must be a time with its zone, such as 2026-11-20T10:02:44Z')
  .meta({ format: 'date-time' });

export const shortText = z.string().min(1).max(LIMITS.argumentCharacters);
export const anyOf = z.array(shortText).max(LIMITS.argumentEntries);
