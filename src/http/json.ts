/** Reads a posted JSON body: bounded, and checked against its schema. What does not fit is `bad_request`, never an echo. */
import { json } from 'co-body';
import type { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Context } from './state.ts';

/** @param limit of the body, like `8kb`. */
export async function readJson<T>(ctx: Context, schema: z.ZodType<T>, limit = '8kb'): Promise<T> {
  if (!ctx.is('application/json')) throw new AppError('bad_request');
  let body: unknown;
  try {
    body = await json(ctx.req, { limit });
  } catch (cause) {
    throw new AppError((cause as { status?: number }).status === 413 ? 'body_too_large' : 'bad_request', {
      cause,
    });
  }
  const parsed = schema.safeParse(body);
  // zod's message may hold what was sent; the code is enough.
  if (!parsed.success) throw new AppError('bad_request');
  return parsed.data;
}
