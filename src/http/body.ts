/** Reads a posted form, a route at a time and never globally: the provider reads its own bodies. */
import { form } from 'co-body';
import { AppError } from '../errors.ts';
import type { Context } from './state.ts';

const LIMIT = '8kb';

/** The fields of a form; a repeated field is an error, since no form of ours has one. */
export async function readForm(ctx: Context): Promise<Record<string, string>> {
  if (!ctx.is('application/x-www-form-urlencoded')) {
    // A form without fields may come without a type.
    if (!ctx.request.length) return {};
    throw new AppError('bad_request');
  }
  let fields: Record<string, unknown>;
  try {
    fields = (await form(ctx, { limit: LIMIT })) as Record<string, unknown>;
  } catch (cause) {
    const tooLarge = (cause as { status?: number }).status === 413;
    throw new AppError(tooLarge ? 'body_too_large' : 'bad_request', { cause });
  }
  const entries = Object.entries(fields);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    throw new AppError('bad_request');
  }
  return Object.fromEntries(entries);
}
