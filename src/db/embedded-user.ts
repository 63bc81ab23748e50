/**
 * Which operating system user the embedded PostgreSQL runs as. PostgreSQL refuses to run as root; so that
 * `npm start` works for root too (containers, rented machines), it then runs as an unprivileged user, who may
 * need help to reach a project under /root. Everybody else runs it as themselves. Only embedded.ts asks.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
// The embedded server is the one place below main.ts that is about processes: it asks who we are, and sends signals.
import { geteuid } from 'node:process';
import type { Log } from '../log.ts';

export type Account = { uid: number; gid: number };

export type Runner = {
  /** Undefined: ourselves. */
  account: Account | undefined;
  spawn(command: string, args: string[], options: SpawnOptions): ChildProcess;
};

// A clean environment: PGDATA, PGPORT, TZ or LANG of a developer's shell must not change what is made.
const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Chooses, by trying, how commands are run so that they can enter `folder` and run `binary`. */
export async function chooseRunner(folder: string, data: string, binary: string, log: Log): Promise<Runner> {
  if (geteuid?.() !== 0) {
    return {
      account: undefined,
      spawn: (command, args, options) => spawn(command, args, { ...options, env, cwd: '/' }),
    };
  }
  const account = await chooseAccount(data);
  // `--show` looks for everything initdb needs, with its own checks, and makes nothing.
  const probe = ['-c', 'cd "$1" && "$2" --show -D "$1/postgres"', 'sh', folder, binary];
  const plain: Runner = {
    account,
    spawn: (command, args, options) => spawn(command, args, { ...options, ...account, env, cwd: '/' }),
  };
  if ((await finish(plain.spawn('sh', probe, { stdio: 'ignore' }))).ok) return plain;

  // The user cannot pass a folder on the way, /root say. Give it the one right it lacks (capabilities(7)), no more.
  const prefix = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  prefix.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override');
  // Without it access(2), by which PostgreSQL checks its own binaries, leaves the right out of account.
  prefix.push('--securebits=+no_setuid_fixup', '--');
  const helped: Runner = {
    account,
    spawn: (command, args, options) =>
      spawn('setpriv', [...prefix, command, ...args], { ...options, env, cwd: '/' }),
  };
  const attempt = await finish(helped.spawn('sh', probe, { stdio: ['ignore', 'ignore', 'pipe'] }));
  if (!attempt.ok) {
    throw new Error(
      `PostgreSQL does not run as root, and user ${account.uid} can neither reach ${folder} and ${binary} nor be let in ` +
        `with setpriv (${attempt.errors.trim() || 'util-linux is missing'}). Start as another user, move the project and ` +
        'TNID_DATA_DIR to folders everybody may enter, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  log.info({ uid: account.uid }, 'PostgreSQL runs as an unprivileged user with cap_dac_override');
  return helped;
}

/** The owner of the data there is; without any, `postgres` of this machine, or else `nobody`. */
async function chooseAccount(data: string): Promise<Account> {
  const owner = await stat(data).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65_534, gid: 65_534 };
}

/** Gives a file or folder of ours, with all in it, to the user the server runs as. */
export async function handOver(path: string, account: Account | undefined): Promise<void> {
  if (!account) return;
  const owner = await stat(path);
  if (owner.uid === account.uid) return;
  const { ok, errors } = await finish(
    spawn('chown', ['-R', '-h', `${account.uid}:${account.gid}`, path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  if (!ok) throw new Error(`${path} cannot be handed to user ${account.uid}: ${errors}`);
}

/** Waits for a command. `errors` is what it said on standard error, when that is a pipe. */
export function finish(child: ChildProcess): Promise<{ ok: boolean; errors: string }> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((settle) => {
    child.on('error', (error) => settle({ ok: false, errors: `${errors}${error.message}` }));
    child.on('close', (code) => settle({ ok: code === 0, errors }));
  });
}
