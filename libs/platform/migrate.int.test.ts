import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { migrate } from './migrate.ts';

describe('migrations', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const names = async () => (await client.query<{ name: string }>('select name from schema_migrations order by id')).rows.map(({ name }) => name);
  const backToNothing = () => client.query('drop schema public cascade; create schema public');

  it('are applied once each, the lower floor first, however many processes start at once', async () => {
    await backToNothing();
    await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    const applied = await names();
    expect(new Set(applied).size).toBe(applied.length);
    expect(applied[0]).toMatch(/^event-store\//);
    await migrate(database.url);
    expect(await names()).toEqual(applied);
  });

  it('that fail leave nothing of themselves, keep those before and are named', async () => {
    await backToNothing();
    await client.query('create table organizations_view (in_the_way int)');
    await expect(migrate(database.url)).rejects.toThrow(/^migration identity\/\S+ failed: relation "organizations_view" already exists/);
    const before = await names();
    expect(before.length).toBeGreaterThan(0);
    expect(before.some((name) => name.startsWith('identity/'))).toBe(false);

    await client.query('drop table organizations_view');
    await migrate(database.url);
    expect((await names()).slice(0, before.length)).toEqual(before);
    expect((await names()).some((name) => name.startsWith('identity/'))).toBe(true);
  });
});
