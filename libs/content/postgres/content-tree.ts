import type { InlineView, StoredEvent } from '#event-store';
import { type FileEvent, type FolderEvent, fileStream, folderStream, type SiteEvent, siteStream } from '../streams.ts';

type ContentEvent = SiteEvent | FolderEvent | FileEvent;
type Change = readonly [statement: string, ...values: unknown[]];

/** Which sites, folders, files and versions there are. Ids, numbers and addresses only: names stay in the vault. */
export const contentTree: InlineView = {
  name: 'content_tree',
  tables: ['sites_view', 'contents_view', 'versions_view'],
  handles: [...siteStream.types, ...folderStream.types, ...fileStream.types],
  async apply(stored, sql) {
    const [statement, ...values] = changeBy(parse(stored), stored);
    await sql.query(statement, values);
  },
};

function parse({ type, body }: StoredEvent): ContentEvent {
  const stream = [siteStream, folderStream, fileStream].find(({ types }) => types.includes(type));
  if (stream === undefined) throw new Error(`the content tree does not know ${type}`);
  return stream.parse(type, JSON.parse(body.toString('utf8')));
}

const CREATE_SITE = `
  insert into sites_view (site_id, organization, files, folders, created_at, updated_at) values ($1, $2, 0, 0, $3, $3)`;

/** A folder or file, below its parent; its site counts it. */
const createItem = (kind: 'file' | 'folder') => `
  with counted as (
    update sites_view set ${kind}s = ${kind}s + 1, updated_at = $6 where site_id = $3
  )
  insert into contents_view (content_id, organization, site_id, container_id, path, kind, version, revision, created_at, updated_at, position)
  values ($1, $2, $3, coalesce($4, $3), coalesce((select path || content_id from contents_view where content_id = $4), '{}'), '${kind}', null, $5, $6, $6, $7)`;
const CREATE_FOLDER = createItem('folder');
const CREATE_FILE = createItem('file');

/** The newest version is the current one. */
const SAVE_FILE = `
  with saved as (
    insert into versions_view (content_id, version, size, blob, extraction, extractor_name, extractor_version, rendition, total_lines, created_at)
    values ($1, $2, $6, $7, $8, $9, $10, $11, $12, $4)
  ), item as (
    update contents_view set version = $2, revision = $3, updated_at = $4, position = $5 where content_id = $1 returning site_id
  )
  update sites_view set updated_at = $4 where site_id = (select site_id from item)`;

/** The item itself is as it was: only its text has come. */
const COMPLETE_EXTRACTION = `
  with item as (
    update contents_view set revision = $3, position = $4 where content_id = $1
  )
  update versions_view
     set extraction = $5, extractor_name = $6, extractor_version = $7, rendition = $8, total_lines = $9
   where content_id = $1 and version = $2`;

function changeBy({ type, data }: ContentEvent, { organization, revision, recordedAt, position }: StoredEvent): Change {
  switch (type) {
    case 'SiteCreated':
      return [CREATE_SITE, data.siteId, organization, recordedAt];
    case 'FolderCreated':
      return [CREATE_FOLDER, data.contentId, organization, data.siteId, data.parentId, revision, recordedAt, position];
    case 'FileCreated':
      return [CREATE_FILE, data.contentId, organization, data.siteId, data.parentId, revision, recordedAt, position];
    case 'FileSaved':
      return [SAVE_FILE, data.contentId, data.version, revision, recordedAt, position, data.size, data.blob, data.extraction, ...textOf(data)];
    case 'ExtractionCompleted':
      return [COMPLETE_EXTRACTION, data.contentId, data.version, revision, position, data.extraction, ...textOf(data)];
  }
}

type WithText = Pick<Extract<FileEvent, { type: 'FileSaved' }>['data'], 'extractor' | 'rendition'>;

function textOf({ extractor, rendition }: WithText): readonly unknown[] {
  return [extractor?.name ?? null, extractor?.version ?? null, rendition?.artefact ?? null, rendition?.totalLines ?? null];
}
