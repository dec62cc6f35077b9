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
] as const;
