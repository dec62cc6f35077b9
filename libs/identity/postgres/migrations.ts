export const migrations = [
  {
    name: 'identity-1',
    sql: `
      create table organizations_view (
        organization text primary key,
        origin text not null unique,
        created_at bigint not null
      );
      create table members_view (
        organization text not null,
        user_id text not null,
        role text not null,
        since bigint not null,
        primary key (organization, user_id)
      );
      create table keys_view (
        key_id text primary key,
        organization text not null,
        user_id text not null,
        type text not null,
        scopes text[] not null,
        site_id text,
        created_at bigint not null,
        expires_at bigint,
        revoked_at bigint
      );
      create index keys_view_organization on keys_view (organization, created_at desc);
      create table key_uses_vault (
        key_id text primary key,
        ciphertext bytea not null
      );
    `,
  },
  {
    name: 'identity-2-sites',
    sql: `
      alter table members_view
        add column ai boolean not null default true,
        add column mcp boolean not null default true,
        add column read_only boolean not null default false;
      create table site_switches_view (
        site_id text primary key,
        organization text not null,
        read_only boolean not null,
        archived boolean not null,
        mcp boolean not null
      );
      create index site_switches_view_organization on site_switches_view (organization);
      create table site_roles_view (
        organization text not null,
        user_id text not null,
        site_id text not null,
        role text not null,
        expires_at bigint, -- Unix milliseconds
        accepted boolean not null,
        since bigint not null,
        primary key (organization, user_id, site_id)
      );
      create index site_roles_view_site on site_roles_view (site_id);
    `,
  },
  {
    name: 'identity-3-sign-in',
    sql: `
      create table accounts_vault (
        login text primary key, -- keyed hash of the e-mail address
        user_id text not null unique,
        ciphertext bytea not null -- under the deployment's key: an account may belong to several organisations
      );
      create table sessions_vault (
        session_id text primary key,
        sha256 bytea not null, -- of the secret in the cookie
        app text not null,
        organization text not null,
        user_id text not null,
        member_since bigint not null, -- of the membership it was opened in: a later one does not revive it
        expires_at bigint not null
      );
      create table sign_in_counts (
        subject text not null, -- keyed hash of an address or an account
        minute bigint not null, -- Unix milliseconds of its begin
        attempts int not null,
        primary key (subject, minute)
      );
    `,
  },
  {
    name: 'identity-4-administration',
    sql: `
      alter table site_switches_view add column opened_at bigint not null default 0;
      alter table organizations_view add column keys text not null default 'everyone';
      -- Open ones only.
      create table invitations_view (
        invitation_id text primary key,
        organization text not null,
        role text not null,
        sites jsonb not null,
        invited_at bigint not null,
        expires_at bigint not null
      );
      create index invitations_view_organization on invitations_view (organization);
      create index members_view_user on members_view (user_id);
      create index keys_view_user on keys_view (user_id);
    `,
  },
  {
    name: 'identity-5-changes',
    sql: `
      create table changes_view (
        position bigint primary key,
        organization text not null,
        event_id text not null,
        type text not null,
        at bigint not null,
        data jsonb not null
      );
      create index changes_view_organization on changes_view (organization, position desc);
    `,
  },
] as const;
