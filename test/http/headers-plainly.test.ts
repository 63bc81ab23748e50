/** Headers that are set one by one arrive as Koa sets them. */
import { createServer } from 'node:http';
import Koa from 'koa';
import { expect, it } from 'vitest';
import { setHeadersPlainly } from '../../src/http/security-headers.ts';
import { listen, stop } from '../sandbox/support.ts';

it.each([true, false])('texts, lists, numbers and several at once; plainly: %s', async (plainly) => {
  const app = new Koa();
  if (plainly) setHeadersPlainly(app);
  app.use((ctx) => {
    ctx.set('X-One', 'a');
    ctx.set('X-One', 'b');
    ctx.set('X-List', ['c', 'd']);
    ctx.set('X-Number', 5 as never);
    ctx.set({ 'X-Two': 'e', 'X-Three': 'f' });
    ctx.set('', 'nothing');
    expect(() => ctx.set('X-Bad', 'a\r\nSet-Cookie: b=c')).toThrow();
    ctx.body = 'text';
    ctx.flushHeaders();
    ctx.set('X-Late', 'g');
  });
  const server = createServer(app.callback());
  const answer = await fetch(`http://127.0.0.1:${await listen(server)}/`);
  const told = Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('x-')));
  expect(told).toEqual({ 'x-one': 'b', 'x-list': 'c, d', 'x-number': '5', 'x-two': 'e', 'x-three': 'f' });
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  stop(server);
});
