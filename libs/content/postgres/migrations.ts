/** Applied once each, in this order. A released migration never changes. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: '0001-content-tree',
    sql: `
      create table sites_view (
        site_id text collate "C" primary key,
        organization text collate "C" not null,
        files int not null,
        folders int not null,
        created_at bigint not null, -- Unix milliseconds, as all times
        updated_at bigint not null
      );
      create index sites_view_organization on sites_view (organization);

      create table contents_view (
        content_id text collate "C" primary key,
        organization text collate "C" not null,
        site_id text collate "C" not null,
        container_id text collate "C" not null, -- the folder it is in; at the top, the site
        path text[] collate "C" not null, -- ids of the folders above it, outermost first: nothing ever moves
        kind text collate "C" not null,
        version int, -- the current one; null for folders
        revision int not null, -- events of its stream
        created_at bigint not null,
        updated_at bigint not null
      );
      create index contents_view_container on contents_view (container_id, content_id);

      create table versions_view (
        content_id text collate "C" not null,
        version int not null,
        created_at bigint not null,
        size bigint not null,
        blob text collate "C" not null,
        extraction text collate "C" not null,
        extractor_name text,
        extractor_version text,
        rendition text collate "C",
        total_lines int,
        primary key (content_id, version)
      );
    `,
  },
  {
    name: '0002-search-index',
    sql: `
      -- Of the event that changed an item last.
      alter table contents_view add column position bigint not null default 0;
      alter table contents_view alter column position drop default;
      update contents_view c
         set position = coalesce((select e.position from events e where e.stream = 'content.' || c.kind || '-' || c.content_id order by e.revision desc limit 1), 0);
      create index contents_view_changes on contents_view (site_id, position desc);

      -- What the index holds and which code made it; one row.
      create table search_index (
        position bigint not null, -- of the last event it holds
        analyzer int not null,
        chunker int not null
      );
      create unique index search_index_one_row on search_index ((true));

      create table search_sites_view (
        site_no int primary key,
        site_id text collate "C" not null unique,
        organization text collate "C" not null,
        next_chunk int not null, -- numbers of chunks are never used again
        files int not null, -- with text in the index
        chunks int not null,
        length bigint not null -- of all chunks together, in weighted terms
      );

      create table search_files_view (
        content_id text collate "C" primary key,
        site_no int not null,
        version int not null, -- the newest that the index has met
        rendition text collate "C", -- the text that is indexed; null: none
        first_chunk int not null,
        chunks int not null,
        length bigint not null
      );

      create table search_chunks_view (
        site_no int not null,
        chunk int not null,
        content_id text collate "C" not null,
        line_start int not null,
        line_end int not null,
        byte_start int not null,
        byte_end int not null,
        tokens int not null,
        heading_line int,
        fingerprint bigint not null, -- keyed: equal for equal texts of one organisation
        primary key (site_no, chunk)
      );

      create table search_postings_view (
        site_no int not null,
        term bigint not null, -- keyed: no word can be read from it
        block int not null, -- 1,024 chunks
        postings bytea storage plain not null, -- at most 5,120 bytes: kept in the row, as they are
        primary key (site_no, term, block)
      );
    `,
  },
  {
    name: '0003-extraction',
    sql: `
      create index versions_view_unread on versions_view (created_at) where extraction = 'pending';

      -- How often reading a version was begun, those that ended the process that read it included.
      create table extraction_attempts (
        content_id text collate "C" not null,
        version int not null,
        attempts int not null,
        primary key (content_id, version)
      );
    `,
  },
];
