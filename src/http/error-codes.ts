/**
 * The code on an error page leads back to whose page it was: a citizen reads it out, an officer finds the account. Kept is
 * a hash of the code beside the account, for thirty days (db/sweep); of a page that nobody was signed in on, nothing.
 */
import { createHash } from 'node:crypto';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Context, Handler } from './state.ts';

/** Goes around whatever shows errors, ours and the provider's. `machines`: addresses that nobody opens to read. */
export function keepErrorCodes(
  { db, clock, log }: Pick<Deps, 'db' | 'clock' | 'log'>,
  machines: { has: (path: string) => boolean },
): Handler {
  const keep = async (ctx: Context, next: () => Promise<void>) => {
    await next();
    const accountId = ctx.status >= 400 && ctx.type === 'text/html' ? whoseOf(ctx) : undefined;
    if (!accountId) return;
    // An error page that could not be noted is shown all the same.
    await db
      .insertInto('error_pages')
      .values({ code_hash: hashOf(ctx.state.requestId), account_id: accountId, shown_at: clock() })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
      .catch((error: Error) => log.error({ error: error.message }, 'an error page was not noted'));
  };
  return (ctx, next) => (machines.has(ctx.path) ? next() : keep(ctx, next));
}

/** The account behind a code that somebody read out. */
export async function findByErrorCode(db: Db, code: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('error_pages')
    .select('account_id')
    .where('code_hash', '=', hashOf(code.toLowerCase()))
    .executeTakeFirst();
  return row?.account_id;
}

function whoseOf(ctx: Context): string | undefined {
  const { oidc } = ctx as { oidc?: { session?: { accountId?: string }; account?: { accountId?: string } } };
  return ctx.state.accountId ?? oidc?.account?.accountId ?? oidc?.session?.accountId;
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
