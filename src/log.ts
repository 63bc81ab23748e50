/** Logs: one JSON object a line, on standard output. Never personal data: no names, numbers, tokens, query strings or bodies. */
import { type DestinationStream, pino } from 'pino';

export type Log = Pick<ReturnType<typeof pino>, 'info' | 'warn' | 'error' | 'debug'>;

export function createLog(level: string, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination ?? standardOutput());
}

/**
 * Lines go out together, at the latest after a tenth of a second and when the process ends: a write of its own for
 * each was a quarter of what an introspection costs. `kill -9` loses that tenth of a second; what must not be lost is
 * in the audit chain.
 */
function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 });
}
