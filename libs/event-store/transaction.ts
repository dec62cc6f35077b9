import type { Sql } from './inline-view.ts';

/** The least of a connection pool; `pg.Pool` is one. */
export interface Database extends Sql {
  connect(): Promise<Connection>;
}

export interface Connection extends Sql {
  /** Gives the connection back; `true` closes it. */
  release(destroy?: boolean): void;
}

/** `snapshot`: every statement sees the same committed state, and nothing can be written. */
export type TransactionKind = 'write' | 'snapshot';

const BEGIN: Readonly<Record<TransactionKind, string>> = {
  write: 'begin isolation level read committed',
  snapshot: 'begin isolation level repeatable read, read only',
};

/**
 * Runs `work` in one transaction and commits. After any error the connection is closed, which rolls back and leaves
 * nobody with a connection in an unknown state; an error of the COMMIT itself leaves open whether it happened.
 */
export async function inTransaction<Result>(database: Database, kind: TransactionKind, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const connection = await database.connect();
  let broken = true;
  try {
    await connection.query(BEGIN[kind]);
    const result = await work(connection);
    await connection.query('commit');
    broken = false;
    return result;
  } finally {
    connection.release(broken);
  }
}
