/** Requests that arrive together go in step, each with its own, and none is kept from its answer by another. */
import { createServer } from 'node:http';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { endOfTurn, keepStep } from '../../src/http/turn.ts';
import { listen, stop } from '../sandbox/support.ts';

describe('going in step', () => {
  it('all who wait in one turn go on after it, in the order in which they came', async () => {
    const said: string[] = [];
    const walk = async (name: string) => {
      said.push(`${name} came`);
      await endOfTurn();
      said.push(`${name} goes on`);
      await undefined;
      said.push(`${name} is done`);
    };
    await Promise.all(['one', 'two'].map(walk));
    const steps = ['came', 'goes on', 'is done'];
    expect(said).toEqual(steps.flatMap((step) => ['one', 'two'].map((name) => `${name} ${step}`)));
    await Promise.all(['three'].map(walk));
    expect(said.slice(-3)).toEqual(steps.map((step) => `three ${step}`));
  });

  it('a request that fails among others fails alone', async () => {
    const app = new Koa();
    app.silent = true;
    app.use(keepStep() as never);
    app.use((ctx) => {
      if (ctx.path === '/bad') throw new Error('a fault');
      ctx.body = ctx.path;
    });
    const server = createServer(app.callback());
    const url = `http://127.0.0.1:${await listen(server)}`;
    const paths = Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? '/bad' : `/${index}`));
    const answers = await Promise.all(
      paths.map(async (path) => {
        const answer = await fetch(`${url}${path}`);
        return answer.status === 500 ? '/bad' : answer.text();
      }),
    );
    expect(answers).toEqual(paths);
    stop(server);
  });
});
