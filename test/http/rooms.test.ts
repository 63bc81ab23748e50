/** Rooms by the first word of an address: what one router for all would answer, they answer. */
import Router from '@koa/router';
import { describe, expect, it } from 'vitest';
import { guardRoutes, openRooms } from '../../src/http/rooms.ts';
import type { Context, Handler } from '../../src/http/state.ts';

const passed: string[] = [];
const guard: Handler = async (_ctx, next) => {
  passed.push('guard');
  await next();
};

function room(routes: Record<string, string>): Router {
  const router = new Router();
  for (const [path, answer] of Object.entries(routes)) {
    router.get(path, (ctx) => {
      ctx.body = answer;
    });
  }
  return router;
}

const rooms = openRooms([
  guardRoutes([guard], room({ '/': 'home' })),
  guardRoutes([guard], room({ '/account': 'account', '/account/:page': 'page' })),
  room({ '/account/photo/:id': 'photo' }),
  guardRoutes([guard], room({ '/:word.well-known': 'any word' })),
]);

async function ask(path: string): Promise<{ body: unknown; guarded: boolean; passedOn: boolean }> {
  passed.length = 0;
  let passedOn = false;
  const ctx = { path, method: 'GET', request: {}, state: {} } as unknown as Context;
  await rooms(ctx, async () => {
    passedOn = true;
  });
  return { body: ctx.body, guarded: passed.length > 0, passedOn };
}

describe('rooms', () => {
  it('answer at their addresses, behind their guards', async () => {
    expect(await ask('/')).toEqual({ body: 'home', guarded: true, passedOn: false });
    expect(await ask('/account')).toMatchObject({ body: 'account', guarded: true });
    expect(await ask('/account/ledger')).toMatchObject({ body: 'page', guarded: true });
    expect(await ask('/ACCOUNT/')).toMatchObject({ body: 'account' });
  });

  it('share a first word, each with guards of its own', async () => {
    expect(await ask('/account/photo/1')).toMatchObject({ body: 'photo', guarded: false });
  });

  it('are asked every time when their pattern begins with no plain word', async () => {
    expect(await ask('/xyz.well-known')).toMatchObject({ body: 'any word' });
  });

  it('pass on what is nobody’s, and guard nothing there', async () => {
    for (const path of ['/token', '/accounts', '/account/a/b/c', '//account', '/%61ccount'])
      expect(await ask(path)).toEqual({ body: undefined, guarded: false, passedOn: true });
  });
});
