import { type Accepted, decide, type Known, remember } from '../decide.ts';
import type { InlineView } from '../inline-view.ts';
import type { AppendRequest, AppendResult } from '../port.ts';
import type { Session } from './session.ts';
import { lockLog, lookUp, write } from './statements.ts';

/** What one caller of a batch is told, once the batch is committed. */
export type Verdict = AppendResult | { readonly outcome: 'defect'; readonly error: unknown };

export type Prepared<Caller> = {
  readonly verdicts: readonly (readonly [Caller, Verdict])[];
  /** Id of an event this commit writes: it exists exactly if the commit happened. Undefined: there is nothing to commit. */
  readonly witness: string | undefined;
};

/**
 * A group commit up to its COMMIT. Requests are decided in the order they came, each on what is committed and what
 * those before it in the batch wrote, so the batch is one history and no request can fail another.
 *
 * @throws when the batch as a whole cannot be written; the session is then to be cut.
 */
export async function prepare<Caller extends { readonly request: AppendRequest }>(
  session: Session,
  batch: readonly Caller[],
  views: readonly InlineView[],
  now: number,
): Promise<Prepared<Caller>> {
  await lockLog(session);
  const known = await lookUp(session, batch);

  const verdicts: [Caller, Verdict][] = [];
  let unwritten: Accepted[] = [];
  let witness: string | undefined;

  for (const caller of batch) {
    const decision = attempt(caller.request, known, now);
    if (decision.outcome !== 'accepted') {
      verdicts.push([caller, decision]);
      continue;
    }
    if (hasInlineWork(decision, views)) {
      await write(session, unwritten);
      unwritten = [];
      const failure = await writeWithViews(session, decision, views);
      if (failure !== undefined) {
        verdicts.push([caller, failure]);
        continue;
      }
    } else {
      unwritten.push(decision);
    }
    witness ??= decision.events[0]?.id;
    verdicts.push([caller, remember(decision, known)]);
  }
  await write(session, unwritten);
  return { verdicts, witness };
}

function attempt(request: AppendRequest, known: Known, now: number): Accepted | Verdict {
  try {
    return decide(request, known, now);
  } catch (error) {
    return { outcome: 'defect', error };
  }
}

function hasInlineWork({ events }: Accepted, views: readonly InlineView[]): boolean {
  return events.some((event) => views.some((view) => view.handles.includes(event.type)));
}

/** Writes one append and brings its views up to date, or leaves no trace of it. */
async function writeWithViews(session: Session, accepted: Accepted, views: readonly InlineView[]): Promise<Verdict | undefined> {
  await session.run('savepoint append');
  try {
    await write(session, [accepted]);
    for (const event of accepted.events) {
      for (const view of views) if (view.handles.includes(event.type)) await view.apply(event, session);
    }
    await session.run('release savepoint append');
    return undefined;
  } catch (error) {
    // Throws where the connection itself is gone: then it is not this append that failed.
    await session.run('rollback to savepoint append; release savepoint append');
    return { outcome: 'defect', error };
  }
}
