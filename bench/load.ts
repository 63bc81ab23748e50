/** The load: a small HTTP client over kept-alive connections, so that the load costs little, and closed loops of it. */
import { connect, type Socket } from 'node:net';
import { percentile } from './measure.ts';

export type Reply = { status: number; head: string; body: string };

/** One connection, one request at a time. The server may close it while nothing is asked: then it is opened anew. */
export class Connection {
  readonly #port: number;
  readonly #host: string;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #settle: ((reply: Reply) => void) | undefined;
  #refuse: ((error: Error) => void) | undefined;

  constructor(port: number, host: string) {
    this.#port = port;
    this.#host = host;
  }

  #open(): Socket {
    const socket = connect(this.#port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    const end = (error: Error) => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#refuse?.(error);
    };
    socket.on('close', () => end(new Error('the server closed the connection')));
    socket.on('error', end);
    return socket;
  }

  /** `lines` are further header lines, each with its CRLF. */
  send(method: string, path: string, lines = '', body = ''): Promise<Reply> {
    return new Promise((settle, refuse) => {
      this.#settle = settle;
      // One that was kept while others were measured may be closed in the very moment of the request: once more, then.
      const isKept = this.#socket !== undefined;
      this.#refuse = (error) => {
        if (isKept && this.#received.length === 0) this.send(method, path, lines, body).then(settle, refuse);
        else refuse(error);
      };
      const form = body
        ? `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
        : method === 'POST'
          ? 'Content-Length: 0\r\n'
          : '';
      this.#socket ??= this.#open();
      this.#socket.write(
        `${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nX-Forwarded-Proto: https\r\n${lines}${form}\r\n${body}`,
      );
    });
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end + 2);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    // Everything measured here sends its length; nothing else is understood.
    if (length === undefined) {
      this.#refuse?.(new Error(`an answer without a length: ${head}`));
      return;
    }
    const whole = end + 4 + Number(length);
    if (this.#received.length < whole) return;
    const body = this.#received.toString('utf8', end + 4, whole);
    this.#received = this.#received.subarray(whole);
    this.#refuse = undefined;
    this.#settle?.({ status: Number(head.slice(9, 12)), head, body });
  }
}

/** One client of the closed loop: does one piece of work after the other. */
export type Worker = () => Promise<void>;
export type Loop = { count: number; seconds: number; p50: number; p99: number };

/** Runs every worker again and again for `seconds`, or until `most` works are done. Times are in milliseconds. */
export async function driveLoop(
  workers: readonly Worker[],
  seconds: number,
  most = Number.POSITIVE_INFINITY,
): Promise<Loop> {
  const times: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    workers.map(async (work) => {
      for (let from = performance.now(); from < end && times.length < most; ) {
        await work();
        const now = performance.now();
        times.push(now - from);
        from = now;
      }
    }),
  );
  const took = (performance.now() - began) / 1000;
  return { count: times.length, seconds: took, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
