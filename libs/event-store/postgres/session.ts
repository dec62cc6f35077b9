import { type Client, DatabaseError, type QueryResultRow } from 'pg';
import { LIMITS } from '#kernel';
import type { Sql } from '../inline-view.ts';
import { StoreUnavailable } from '../port.ts';

/** Opens a connection nobody else uses. */
export type Connect = () => Promise<Client>;

export type Statement = { readonly name: string; readonly text: string };

/** SQLSTATE classes and codes that say "not now" rather than "not this". */
const OUTAGE = /^(08|53|57|58|25006|40|55P03|XX)/;

/** The database's own refusal of a statement; everything else that a query throws is an outage. */
export function unavailable(error: unknown): unknown {
  if (error instanceof StoreUnavailable || (error instanceof DatabaseError && !OUTAGE.test(error.code ?? ''))) return error;
  return new StoreUnavailable('the database cannot be used now', 'none', { cause: error });
}

/** The committer's connection. After any failure outside a savepoint it is cut and never used again, which is also how a transaction is given up. */
export class Session implements Sql {
  lost = false;
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
    const lose = () => {
      this.lost = true;
    };
    client.on('error', lose);
    client.on('end', lose);
  }

  /** @throws StoreUnavailable within twice LIMITS.connectMilliseconds, also where the database would lose what it acknowledges. */
  static async open(connect: Connect): Promise<Session> {
    const session = await inTime(connect);
    const watchdog = setTimeout(() => session.cut(), LIMITS.connectMilliseconds);
    try {
      await session.run(SETTINGS);
      await requireDurable(session);
      return session;
    } catch (error) {
      session.cut();
      throw error;
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** Statements without parameters, in one round trip. Answers the last one's command tag. */
  async run(statements: string): Promise<string> {
    const results = [await this.#asked(() => this.#client.query(statements))].flat();
    return results.at(-1)?.command ?? '';
  }

  execute<Row extends QueryResultRow>({ name, text }: Statement, values: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }> {
    return this.#asked(() => this.#client.query<Row>({ name, text, values }));
  }

  query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<{ rows: Row[]; rowCount: number | null }> {
    return this.#asked(() => this.#client.query<Row & QueryResultRow>(text, [...values]));
  }

  /** Closes the socket, whatever is under way. The server rolls back what it has not been told to commit. */
  cut(): void {
    this.lost = true;
    this.#client.connection.stream.destroy();
  }

  async #asked<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask();
    } catch (error) {
      throw unavailable(error);
    }
  }
}

/**
 * The tables start empty, and a plan made then would scan them when they are full. A process that stops in the middle
 * of a transaction (a debugger, a network that went away) gives up the log's lock by the idle timeout.
 */
const SETTINGS = `
  set lock_timeout = ${LIMITS.lockMilliseconds};
  set statement_timeout = ${LIMITS.commitMilliseconds};
  set idle_in_transaction_session_timeout = ${LIMITS.commitMilliseconds};
  set enable_seqscan = off;
  set jit = off`;

async function requireDurable(session: Session): Promise<void> {
  const { rows } = await session.query<{ level: string }>(`select current_setting('synchronous_commit') as level`);
  const level = rows[0]?.level;
  if (level === 'on' || level === 'remote_apply') return;
  throw new StoreUnavailable(`synchronous_commit is ${level}: an acknowledged event could be lost`, 'none');
}

/** A connection that comes too late is closed again. */
async function inTime(connect: Connect): Promise<Session> {
  let late = false;
  const opening = connect().then(
    (client) => {
      const session = new Session(client);
      if (late) session.cut();
      return session;
    },
    (error) => {
      throw unavailable(error);
    },
  );
  const { promise: patience, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late = true;
    reject(new StoreUnavailable('no database connection in time', 'none'));
  }, LIMITS.connectMilliseconds);
  try {
    return await Promise.race([opening, patience]);
  } finally {
    clearTimeout(timer);
  }
}
