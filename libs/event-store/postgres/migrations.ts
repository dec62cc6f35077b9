/** Applied once each, in this order. A released migration never changes. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: '0001-event-store',
    sql: `
      create table events (
        position bigint primary key,
        organization text collate "C" not null,
        stream text collate "C" not null,
        revision int not null,
        id uuid not null unique,
        type text collate "C" not null,
        version int not null,
        body bytea not null,
        recorded_at bigint not null, -- Unix milliseconds; never earlier than at a lower position
        unique (stream, revision)
      );
      create index on events (organization, position);

      create function refuse_to_change_events() returns trigger language plpgsql as $$
        begin
          raise exception 'events only grow: % refused', tg_op using errcode = 'restrict_violation';
        end
      $$;
      create trigger events_only_grow before update or delete or truncate on events
        for each statement execute function refuse_to_change_events();
      -- Also where session_replication_role would switch ordinary triggers off.
      alter table events enable always trigger events_only_grow;

      -- The row that an append holds locked until its commit. It carries no number, because a number updated by
      -- every commit would leave a dead row version behind for as long as any snapshot (a dump, an export) is open.
      create table event_log_head (only_row boolean primary key default true check (only_row));
      insert into event_log_head default values;

      create table counters (name text collate "C" primary key, value bigint not null);

      create table items_vault (
        organization text collate "C" not null,
        kind text collate "C" not null,
        id text collate "C" not null,
        ciphertext bytea not null,
        primary key (organization, kind, id)
      ) partition by list (kind);
      -- By far the most rows and the only ones with a retention of their own.
      create table items_vault_disclosure partition of items_vault for values in ('disclosure');
      create table items_vault_other partition of items_vault for values in ('name', 'person', 'secret');
      -- Ciphertext does not compress.
      alter table items_vault_disclosure alter column ciphertext set storage external;
      alter table items_vault_other alter column ciphertext set storage external;
    `,
  },
];
