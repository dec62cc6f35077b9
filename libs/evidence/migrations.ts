/** Applied once each, in this order, after those of the event store. A released migration never changes. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: '0001-evidence-log',
    sql: `
      -- One row a log; whoever seals holds it locked until the commit.
      create table logs (
        organization text collate "C" primary key,
        origin text collate "C" not null unique,
        size bigint not null,
        edge bytea[] not null,          -- for each tile level, the hashes of the tile that is not full yet
        root bytea not null,
        sealed_through bigint not null, -- position of the last event that is a leaf
        map_root bytea,
        checkpoint text                 -- the newest signed note; null while the log is empty
      );

      -- A record's leaf is its event and this row's seal; only a map leaf's bytes stand here.
      create table log_leaves (
        organization text collate "C" not null,
        index bigint not null,
        position bigint,                -- of the record's event; null for a map leaf
        record_id uuid,
        group_id text collate "C",      -- null for a map leaf and for a group of one
        group_seq bigint,
        group_prev bytea,               -- leaf hash of the group's record before; null for its first
        leaf_hash bytea not null,
        map_leaf bytea,
        primary key (organization, index),
        check ((map_leaf is null) = (position is not null and record_id is not null and group_seq is not null))
      );
      create unique index log_leaves_record on log_leaves (record_id) where record_id is not null;
      create index log_leaves_group on log_leaves (organization, group_id, index) where group_id is not null;

      -- Full tiles only: 256 hashes, never to change.
      create table log_tiles (
        organization text collate "C" not null,
        level smallint not null,
        index bigint not null,
        hashes bytea not null,
        primary key (organization, level, index)
      );
      alter table log_tiles alter column hashes set storage external;

      create table log_groups (
        organization text collate "C" not null,
        group_id text collate "C" not null,
        count bigint not null,
        first bigint not null,
        last bigint not null,
        head bytea not null,
        primary key (organization, group_id)
      ) with (fillfactor = 70);

      create table log_map_pages (
        organization text collate "C" not null,
        prefix text collate "C" not null,
        page bytea not null,
        primary key (organization, prefix)
      ) with (fillfactor = 70);
      alter table log_map_pages alter column page set storage plain;

      -- Every checkpoint ever signed and committed.
      create table log_checkpoints (
        organization text collate "C" not null,
        size bigint not null,
        note text not null,
        sealed_at bigint not null,      -- Unix milliseconds
        primary key (organization, size)
      );

      create function refuse_to_change_checkpoints() returns trigger language plpgsql as $$
        begin
          raise exception 'checkpoints only grow: % refused', tg_op using errcode = 'restrict_violation';
        end
      $$;
      create trigger checkpoints_only_grow before update or delete or truncate on log_checkpoints
        for each statement execute function refuse_to_change_checkpoints();
    `,
  },
  {
    name: '0002-evidence-views',
    sql: `
      create table view_checkpoints (name text collate "C" primary key, position bigint not null);

      create table audit_view (
        organization text collate "C" not null,
        record_id text collate "C" not null,
        position bigint not null,
        recorded_at bigint not null,
        class text collate "C" not null,
        kind text collate "C",
        outcome text collate "C" not null,
        tool text collate "C",
        actor text collate "C",
        client text collate "C",
        group_id text collate "C" not null,
        primary key (organization, record_id)
      );
      create index audit_view_newest on audit_view (organization, position);
      create index audit_view_group on audit_view (organization, group_id, position);
      create index audit_view_actor on audit_view (organization, actor, position);

      create table evidence_records_view (
        organization text collate "C" not null,
        record_id text collate "C" not null,
        position bigint not null,
        recorded_at bigint not null,
        kind text collate "C" not null,
        tool text collate "C",
        actor text collate "C",
        client text collate "C",
        group_id text collate "C" not null,
        content_ids text[] collate "C" not null,
        primary key (organization, record_id)
      );
      create index evidence_records_view_newest on evidence_records_view (organization, position);
      create index evidence_records_view_group on evidence_records_view (organization, group_id, position);
      create index evidence_records_view_content on evidence_records_view using gin (content_ids);

      create table correlation_groups_view (
        organization text collate "C" not null,
        group_id text collate "C" not null,
        source text collate "C",
        first_at bigint not null,
        last_at bigint not null,
        last_position bigint not null,
        last_record text collate "C" not null,
        calls bigint not null,
        evidence bigint not null,
        refused bigint not null,
        actors jsonb not null,          -- actor: its last record
        clients jsonb not null,         -- client: its last record
        tools jsonb not null,           -- tool: how many calls
        primary key (organization, group_id)
      );
      create index correlation_groups_view_newest on correlation_groups_view (organization, last_position);
    `,
  },
  {
    name: '0003-evidence-exports',
    sql: `
      -- Work, not facts: that an export was asked for is the control record.
      create table exports (
        export_id text collate "C" primary key,
        organization text collate "C" not null,
        record_id uuid not null,        -- its export.created record, which also holds who asked and why
        status text collate "C" not null,
        scope jsonb not null,
        profile text collate "C" not null,
        held_size bigint,
        created_at bigint not null,
        completed_at bigint,
        attempts int not null,
        records_done bigint not null,
        records_total bigint,
        checkpoint_size bigint,
        checkpoint_root bytea,
        bundle_bytes bigint,
        bundle_sha256 text collate "C",
        error text collate "C"
      );
      create index exports_of_organization on exports (organization, created_at);
      create index exports_unfinished on exports (created_at) where status in ('queued', 'running');
    `,
  },
];
