/**
 * Timed and deferred work, kept by graphile-worker in PostgreSQL: a job is added in the transaction of the act that
 * wants it, so it is neither lost nor done for an act that failed. Every node works; a job runs on one of them.
 *
 * A job that throws is tried again with growing waits. Payloads hold ids only: the table is readable.
 */
import { Logger, type Runner, run, runMigrations, type TaskList } from 'graphile-worker';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { type Db, openJobPool, openWatchedJobPool } from './database.ts';

export type JobOptions = {
  /** At most one waiting job of a key: a second one is dropped. */
  key?: string;
  runAt?: Date;
  /** Default 12: with the library's back-off (e^n seconds, six hours at most) the last try is 16 hours after the first. */
  maxAttempts?: number;
};

/** What runs under a name. It may run twice (a node died in the middle), so it must bear that. */
export type Tasks = Record<string, (payload: unknown) => Promise<void>>;

/** Adds a job; pass the transaction of the act. */
export async function addJob(
  trx: Db,
  name: string,
  payload: Record<string, unknown>,
  { key, runAt, maxAttempts = 12 }: JobOptions = {},
): Promise<void> {
  await sql`SELECT FROM graphile_worker.add_job(${name}::text, payload => ${JSON.stringify(payload)}::json,
    run_at => ${runAt ?? null}::timestamptz, max_attempts => ${maxAttempts}::int, job_key => ${key ?? null}::text,
    job_key_mode => 'preserve_run_at')`.execute(trx);
}

/** Brings the library's own tables (schema `graphile_worker`) up to date. */
export async function migrateJobs(db: Db): Promise<void> {
  const pgPool = openJobPool(db);
  try {
    await runMigrations({ pgPool, logger: quiet });
  } finally {
    await pgPool.end();
  }
}

/** Jobs by task and state. One that was given up stays until somebody has looked. */
export async function countJobs(db: Db): Promise<{ task: string; state: string; count: number }[]> {
  const { rows } = await sql<{ task: string; state: string; count: number }>`
    SELECT t.identifier AS task, count(*)::int AS count, CASE WHEN j.attempts >= j.max_attempts THEN 'given_up'
      WHEN j.attempts > 0 AND j.locked_at IS NULL THEN 'again' ELSE 'waiting' END AS state
    FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
    GROUP BY 1, 3`.execute(db);
  return rows;
}

export type JobRunner = { stop: () => Promise<void> };

/** Starts working: jobs as they come, and `timed` names every minute. */
export async function startJobs(
  { db, log }: Pick<Deps, 'db' | 'log'>,
  tasks: Tasks,
  timed: readonly string[],
): Promise<JobRunner> {
  const taskList: TaskList = {};
  for (const [name, task] of Object.entries(tasks)) taskList[name] = (payload) => task(payload);
  const pgPool = openWatchedJobPool(db);
  const runner: Runner = await run({
    pgPool,
    taskList,
    // A minute that was missed is not made up for: what is due then is due now.
    crontab: timed.map((name) => `* * * * * ${name} ?max=1&jobKey=${name}`).join('\n'),
    concurrency: 2,
    noHandleSignals: true,
    // One clock for what we write and what the library asks: the node's.
    useNodeTime: true,
    logger: loggerTo(log),
  });
  let stopping = false;
  runner.promise.catch((error: Error) => {
    if (!stopping) log.error({ error: error.message }, 'the job runner stopped');
  });
  return {
    stop: async () => {
      stopping = true;
      await runner.stop();
      await pgPool.end();
    },
  };
}

const quiet = new Logger(() => () => {});

/** Failures of jobs are told by name; never the payload. */
function loggerTo(log: Deps['log']): Logger {
  return new Logger(() => (level, _message, meta) => {
    if (level !== 'error') return;
    const { job, error } = (meta ?? {}) as {
      job?: { task_identifier?: string; attempts?: number };
      error?: Error;
    };
    log.error({ job: job?.task_identifier, attempt: job?.attempts, error: error?.message }, 'a job failed');
  });
}
