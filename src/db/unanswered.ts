/**
 * What PostgreSQL did not answer: the connection was lost, or nothing came back in time. Whether it was done is not known,
 * so it is never done again unseen: whoever asked is told to try again.
 */
import pg from 'pg';

/** Nothing came back on a connection for longer than anything takes. */
export class Silence extends Error {
  constructor() {
    super('PostgreSQL did not answer in time');
    this.name = 'Silence';
  }
}

/** Too slow, and ended for it. */
const QUERY_CANCELED = '57014';
/** Said of the connection, not of what was asked: lost, shut down, too many, idle in a transaction for too long. */
const OF_CONNECTION = /^(08|57P|53300|25P0[34])/;

/** Its members are those by which the provider tells a client what it may know (RFC 6749 §4.1.2.1). */
export class Unanswered extends Error {
  readonly expose = true;
  readonly statusCode = 503;
  readonly error = 'temporarily_unavailable';
  readonly error_description = 'the database did not answer, please try again';
  /** Nobody closed the connection, or there was none to be had: to ask again at once would only wait again. */
  readonly silent: boolean;

  constructor(cause: unknown) {
    super('temporarily_unavailable', { cause });
    this.name = 'Unanswered';
    const { code, message } = cause as { code?: string; message?: string };
    this.silent = cause instanceof Silence || code === QUERY_CANCELED || /time(d ?)?out/i.test(message ?? '');
  }
}

/** The error to go on with: what PostgreSQL refused is refused, whatever else came instead of an answer is Unanswered. */
export function readFailure(error: unknown): unknown {
  if (error instanceof Unanswered || error instanceof TypeError || error instanceof RangeError) return error;
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error;
    return code === QUERY_CANCELED || OF_CONNECTION.test(code) ? new Unanswered(error) : error;
  }
  return new Unanswered(error);
}

/** Waits so many milliseconds for an answer. */
export async function within<T>(limit: number, asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_settle, refuse) => {
    timer = setTimeout(() => refuse(new Unanswered(new Silence())), limit);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
