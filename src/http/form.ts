/** Reads a posted form: bounded, and checked against its schema. What does not fit is `bad_request`, never an echo. */
import { form } from 'co-body';
import type { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Context } from './state.ts';

export async function readForm<T>(ctx: Context, schema: z.ZodType<T>): Promise<T> {
  if (!ctx.is('application/x-www-form-urlencoded')) throw new AppError('bad_request');
  let body: unknown;
  try {
    body = await form(ctx.req, { limit: '8kb' });
  } catch (cause) {
    const tooLarge = (cause as { status?: number }).status === 413;
    throw new AppError(tooLarge ? 'body_too_large' : 'bad_request', { cause });
  }
  const parsed = schema.safeParse(body);
  // zod's message may hold what was sent; the code is enough.
  if (!parsed.success) throw new AppError('bad_request');
  return parsed.data;
}
