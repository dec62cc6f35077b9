/** Applied once each, in this order. A released migration never changes. */
export const admissionMigrations = [
  {
    name: 'admission-1',
    sql: `
      create unlogged table admission_buckets (
        bucket text collate "C" primary key,
        full_at float8 not null,        -- Unix milliseconds, as all times
        granted int not null,           -- what the newest lease was told, as the next column
        first_refusal boolean not null,
        refused_at float8               -- when the first refusal of the newest window was
      ) with (fillfactor = 50);
    `,
  },
] as const;
