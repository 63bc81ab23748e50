/** Logs: one JSON object a line, on standard output. Never personal data: no names, numbers, tokens, query strings or bodies. */
import { type DestinationStream, pino } from 'pino';

export type Log = Pick<ReturnType<typeof pino>, 'info' | 'warn' | 'error' | 'debug'> & {
  /** Several lines of the level `info` at one time. `info` takes apart what it is given, for each anew. */
  infoOfMany: (lines: readonly object[]) => void;
};

export function createLog(level: string, destination: DestinationStream = standardOutput()): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const log = pino(options, destination);
  const infoOfMany = (lines: readonly object[]) => {
    if (!log.isLevelEnabled('info')) return;
    const head = `{"level":${pino.levels.values.info}${pino.stdTimeFunctions.isoTime()},`;
    destination.write(lines.map((line) => `${head}${JSON.stringify(line).slice(1)}\n`).join(''));
  };
  return Object.assign(log, { infoOfMany });
}

/**
 * Lines go out together, at the latest after a tenth of a second and when the process ends: a write of its own for
 * each was a quarter of what an introspection costs. `kill -9` loses that tenth of a second; what must not be lost is
 * in the audit chain.
 */
function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 });
}
