/** A second process of the product in miniature: an application and a pool of its own on the same database. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { Product } from './product.ts';

export type Answer = { status: number; headers: Record<string, unknown>; text: string };
export type Ask = (
  path: string,
  options?: { headers?: Record<string, string>; form?: object },
) => Promise<Answer>;
export type SecondNode = { ask: Ask; close: () => Promise<void> };

/** `db`: its connections, where they are not plain ones. */
export async function startSecondNode(
  product: Product,
  db = openDatabase(product.database.url, 5),
): Promise<SecondNode> {
  const app = await createApp({ ...product.deps, db });
  const server = createServer(app.provider.callback());
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return {
    ask: askAt((server.address() as AddressInfo).port, new URL(product.issuer).host),
    close: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
      await app.close();
      await db.destroy();
    },
  };
}

/** Requests to one node, whatever name it answers under. */
export function askAt(port: number, host: string): Ask {
  return (path, { headers = {}, form } = {}) => {
    const body = form ? new URLSearchParams(form as Record<string, string>).toString() : undefined;
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    return new Promise((settle, refuse) => {
      const sent = request(
        {
          port,
          host: '127.0.0.1',
          path,
          method: form ? 'POST' : 'GET',
          headers: { ...headers, ...type, host },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () =>
            settle({ status: response.statusCode ?? 0, headers: response.headers, text }),
          );
        },
      );
      sent.on('error', refuse).end(body);
    });
  };
}

/** Waits until it is so, at most a second and a bit for the asking itself; returns the milliseconds it took. */
export async function within1Second(isSo: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  for (;;) {
    const asked = performance.now() - began;
    if (await isSo()) return asked;
    if (asked > 1_000) throw new Error('not so after a second');
    await setTimeout(20);
  }
}
