import { AbstractLogger, DataSource, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import { admissionMigrations as calls } from '#calls';
import { migrations as content } from '#content/postgres';
import { migrations as eventStore } from '#event-store/postgres';
import { migrations as evidence } from '#evidence';
import { migrations as identity } from '#identity/postgres';

export type Migration = { readonly name: string; readonly sql: string };

/** Lower floors first: a library's tables may refer to those of the floors below it. */
const LIBRARIES: Readonly<Record<string, readonly Migration[]>> = { 'event-store': eventStore, identity, content, calls, evidence };

/** Any number, the same in every version: processes that start at once migrate one after the other. */
const MIGRATION_LOCK = 3_141_592;

/**
 * Brings the database to this version's schema. Each migration is applied once, in a transaction of its own, and recorded
 * in `schema_migrations`; after an error those before it stay and the next call goes on from there.
 * @throws Error naming the migration that failed.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    applicationName: 'deponent migrate',
    poolSize: 1,
    installExtensions: false,
    logger: new Quiet(),
    migrationsTableName: 'schema_migrations',
    migrations: Object.entries(LIBRARIES).flatMap(([library, migrations]) => migrations.map((migration) => migrationClass(library, migration))),
  });
  await source.initialize();
  // One connection holds the lock and migrates. Closing it gives the lock back, whatever happened.
  const runner = source.createQueryRunner();
  try {
    await runner.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'each';
    await executor.executePendingMigrations();
  } finally {
    await runner.release();
    await source.destroy();
  }
}

/**
 * TypeORM wants classes, and names that end in a number to sort by. The order is that of our lists, so the number is
 * the same for all (the sort is stable), and a name never changes when a library gets another migration.
 */
function migrationClass(library: string, { name, sql }: Migration): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = `${library}/${name} ${'1'.padStart(13, '0')}`;

    async up(runner: QueryRunner): Promise<void> {
      try {
        await runner.query(sql);
      } catch (cause) {
        throw new Error(`migration ${library}/${name} failed: ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    }

    /** There is no way back: what is written in a new schema cannot be read in the old one. */
    async down(): Promise<void> {
      throw new Error(`migration ${library}/${name} cannot be taken back`);
    }
  };
}

/** An error is thrown with all there is to say; TypeORM would write to standard output besides. */
class Quiet extends AbstractLogger {
  protected override writeLog(): void {}
}
