/**
 * One log line a request: method, path without the parts that name somebody, status, time. The request id goes
 * into a header, the log and every error page, so that a citizen's call to the helpdesk finds the line.
 */
import { performance } from 'node:perf_hooks';
import type { Deps } from '../deps.ts';
import type { Handler } from './state.ts';

type Own = Pick<Deps, 'log' | 'random'>;

export function logRequests(deps: Own): Handler {
  const newId = requestIds(deps);
  return async (ctx, next) => {
    const started = performance.now();
    ctx.state.requestId = newId();
    ctx.set('X-Request-Id', ctx.state.requestId);
    try {
      await next();
    } finally {
      const { method, path, status } = ctx;
      logRequest(deps, { request: ctx.state.requestId, method, path, status, started });
    }
  };
}

export type Answered = { request: string; method: string; path: string; status: number; started: number };

export function logRequest({ log }: Pick<Own, 'log'>, { request, method, path, status, started }: Answered) {
  const ms = Math.round(performance.now() - started);
  const line = { request, method, path: anonymousPath(path), status, ms };
  const waiting = ended.get(log);
  if (waiting) waiting.push(line);
  else {
    ended.set(log, [line]);
    setImmediate(writeLines, log);
  }
}

/** Lines of the requests that end in one turn are made together: one by one, each costs several times as much. */
const ended = new Map<Own['log'], object[]>();

function writeLines(log: Own['log']): void {
  const lines = ended.get(log) ?? [];
  ended.delete(log);
  log.infoOfMany(lines);
}

const ID = 8;

/** Ids of requests; the random bytes are drawn for many at once. */
export function requestIds({ random }: Pick<Own, 'random'>): () => string {
  let drawn: Buffer = Buffer.alloc(0);
  return () => {
    if (drawn.length < ID) drawn = random(ID * 256);
    const id = drawn.toString('hex', 0, ID);
    drawn = drawn.subarray(ID);
    return id;
  };
}

const LONGEST = 20;

/** Path segments that are ids, handles or codes are not written down; the query never is. */
function anonymousPath(path: string): string {
  if (path.length <= LONGEST && !path.startsWith('/cccd/r/')) return path;
  const parts = path.split('/').map((part) => (part.length > LONGEST ? ':id' : part));
  // Whatever stands where a reading's code does, however it was typed.
  if (path.startsWith('/cccd/r/')) parts.splice(3, parts.length, ':id');
  return parts.join('/');
}
