/** Applied once each, in this order. A released migration never changes. */
export const policyMigrations = [
  {
    name: 'policies-1',
    sql: `
      create table policies_view (
        organization text not null,
        version int not null,
        hash text not null,
        rules jsonb not null,
        saved_at bigint not null, -- Unix milliseconds
        primary key (organization, version)
      );
    `,
  },
] as const;
