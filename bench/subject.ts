/** What is measured: a server process of its own on a core of its own. Here both its ends, the child's and the parent's. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';

/** Processor time in microseconds, and memory in MiB. */
export type Usage = { cpu: number; rss: number };

type Message = 'usage' | 'profile' | { path: string };

/** In the child: serves, tells the parent where, and what it has used whenever it is asked. */
export async function serveSubject(handler: RequestListener): Promise<void> {
  const server = createServer(handler);
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const profiler = new Session();
  profiler.connect();
  process.on('message', async (message: Message) => {
    if (message === 'usage') {
      const { user, system } = process.cpuUsage();
      process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() / 2 ** 20 });
    } else if (message === 'profile') {
      await profiler.post('Profiler.enable');
      await profiler.post('Profiler.start');
      process.send?.({});
    } else {
      const { profile } = await profiler.post('Profiler.stop');
      writeFileSync(message.path, JSON.stringify(profile));
      process.send?.({});
    }
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ port: (server.address() as AddressInfo).port });
}

export type Subject = {
  name: string;
  port: number;
  usage: () => Promise<Usage>;
  /** Notes where the time goes while `work` runs, for a look with the developer tools of a browser. */
  profile: (path: string, work: () => Promise<unknown>) => Promise<void>;
  stop: () => Promise<void>;
};

export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

/** In the parent: starts `script` on the first core and waits until it serves. */
export async function startSubject(
  name: string,
  script: string,
  env: Record<string, string> = {},
  flags: readonly string[] = [],
): Promise<Subject> {
  const path = new URL(script, import.meta.url).pathname;
  const command = [process.execPath, ...flags, path];
  const [file = '', ...args] = canPin ? ['taskset', '-c', '0', ...command] : command;
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const { port } = await answerOf<{ port: number }>(child, name);
  return {
    name,
    port,
    usage: () => ask<Usage>(child, name, 'usage'),
    profile: async (path, work) => {
      await ask(child, name, 'profile');
      await work();
      await ask(child, name, { path });
    },
    stop: async () => {
      const ended = new Promise((settle) => child.once('exit', settle));
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function ask<Answer>(child: ChildProcess, name: string, message: Message): Promise<Answer> {
  child.send(message);
  return answerOf<Answer>(child, name);
}

function answerOf<Answer>(child: ChildProcess, name: string): Promise<Answer> {
  return new Promise((settle, refuse) => {
    const end = () => refuse(new Error(`${name} ended`));
    child.once('exit', end);
    child.once('message', (message) => {
      child.off('exit', end);
      settle(message as Answer);
    });
  });
}

/** This process, and with it the load and the database it starts, leave the first core to the subject. */
export function pinSelf(): void {
  if (!canPin) return;
  const others = `1-${availableParallelism() - 1}`;
  spawnSync('taskset', ['-a', '-c', '-p', others, String(process.pid)]);
}

const TICK = 10_000; // microseconds: USER_HZ is 100 on every Linux we run on

/** Microseconds of processor time that a process and all its children have used; 0 where there is no /proc. */
export function cpuOfTree(pid: number): number {
  const stat = (id: number | string): string[] => {
    try {
      return (
        readFileSync(`/proc/${id}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ') ?? []
      );
    } catch {
      return [];
    }
  };
  const own = (fields: string[], ended: boolean) =>
    [11, 12, ...(ended ? [13, 14] : [])].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
  let children: string[] = [];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    return 0;
  }
  return TICK * (own(stat(pid), true) + children.reduce((sum, child) => sum + own(stat(child), false), 0));
}
