/** A PostgreSQL for one run: in the temporary folder, without fsync, gone afterwards, also when the last run was killed. */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { createLog } from '../../src/log.ts';

const PREFIX = 'tnid-throwaway-';
const STOP_LIMIT = 20_000;
const log = createLog('error');

const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  // A checkpoint in the middle of a test run only costs time.
  checkpoint_timeout: '1h',
};

export async function startThrowawayPostgres(
  database: string,
): Promise<{ url: string; stop(): Promise<void> }> {
  await removeLeftovers();
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  await chmod(directory, 0o711);
  const server = await startEmbeddedPostgres({ directory, log, database, settings });
  const stop = async () => {
    await Promise.race([server.stop(), sleep(STOP_LIMIT, undefined, { ref: false })]);
    await rm(directory, { recursive: true, force: true });
  };
  return { url: server.url, stop };
}

/** Ends the servers of runs that were killed: adopted, stopped, removed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(name.match(/^tnid-throwaway-(\d+)-/)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const directory = join(tmpdir(), name);
    try {
      if (await findEmbeddedPostgres(directory, 'postgres')) {
        await (await startEmbeddedPostgres({ directory, log, settings })).stop();
      }
      await rm(directory, { recursive: true, force: true });
    } catch {
      // Another user's, or another run is removing it as well: theirs to finish.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
