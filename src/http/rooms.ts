/**
 * The rooms of the house: a request is shown to the room whose addresses begin as its own does, and to no other. One
 * router for all would hold it against the pattern of every page there is.
 */
import Router from '@koa/router';
import type { Context, Handler } from './state.ts';

/** A router whose routes, and nothing else, are kept behind guards. */
export function guardRoutes(guards: readonly Handler[], router: Router): Router {
  const guarded = new Router();
  for (const guard of guards) guarded.use(guard as never);
  guarded.use(router.routes());
  return guarded;
}

/** One handler for all rooms. A room whose patterns do not all begin with a plain word is asked every time. */
export function openRooms(rooms: readonly Router[]): Handler {
  const known = rooms.map((room) => ({
    enter: room.routes() as unknown as Handler,
    segments: new Set(room.stack.filter(({ methods }) => methods.length > 0).map(firstOf)),
  }));
  const roomsOf = (segment: string) =>
    known
      .filter(({ segments }) => segments.has(segment) || segments.has(undefined))
      .map(({ enter }) => enter);
  const named = new Set(known.flatMap(({ segments }) => [...segments]).filter((one) => one !== undefined));
  const bySegment = new Map([...named].map((segment) => [segment, roomsOf(segment)]));
  const others = roomsOf('\n');
  return (ctx: Context, next) => {
    const meant = bySegment.get(firstSegment(ctx.path)) ?? others;
    const enter = (index: number): Promise<void> => meant[index]?.(ctx, () => enter(index + 1)) ?? next();
    return enter(0);
  };
}

/** Of a route; undefined when its pattern does not begin with a plain word. */
function firstOf({ path }: { path: string | RegExp }): string | undefined {
  const segment = typeof path === 'string' && path.startsWith('/') ? firstSegment(path) : undefined;
  return segment !== undefined && /^[\w.-]*$/.test(segment) ? segment : undefined;
}

/** Routers take capitals for small letters. */
function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return path.slice(1, end < 0 ? undefined : end).toLowerCase();
}
