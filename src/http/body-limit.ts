/**
 * The limit on what may be posted to our own pages. None of their forms has a field, so no body is read at all; what
 * announces more than a form could ever hold is refused at once, and the connection with it.
 */
import { AppError } from '../errors.ts';
import type { Handler } from './state.ts';

const LIMIT = 8 * 1024;

export function limitBody(): Handler {
  return async (ctx, next) => {
    if ((ctx.request.length ?? 0) > LIMIT) {
      // Otherwise the server would go on to read, and throw away, all that was announced.
      ctx.set('Connection', 'close');
      throw new AppError('body_too_large');
    }
    await next();
  };
}
