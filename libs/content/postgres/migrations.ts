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
];
