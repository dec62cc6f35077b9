/** The work was not done in time. */
export class Overtime extends Error {
  override readonly name = 'Overtime';
}

/** The outcome of `work`, or {@link Overtime} thrown once the time is over; the work itself goes on unheard. */
export async function withinTime<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const overtime = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Overtime(`not done within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, overtime]);
  } finally {
    clearTimeout(timer);
  }
}
