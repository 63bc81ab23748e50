/**
 * The language of a page: what the person chose (`?lang=`, kept in a cookie), else what the relying party asks
 * (`ui_locales`, OpenID Connect Core §3.1.2.1), else Vietnamese. The browser's own preference comes last: most
 * phones here are set up in English by the shop, and their owners read Vietnamese.
 */
import type { Context, Handler, Language } from './state.ts';

const COOKIE = 'tnid_lang';
const YEAR_MS = 365 * 24 * 3600 * 1000;

export function chooseLanguage(): Handler {
  return (ctx, next) => {
    // Most requests say nothing about it: the query and the cookies are taken apart for those that do.
    const chosen = ctx.querystring.includes('lang=') ? asLanguage(ctx.query.lang) : undefined;
    if (chosen)
      ctx.cookies.set(COOKIE, chosen, { maxAge: YEAR_MS, sameSite: 'lax', httpOnly: true, signed: false });
    ctx.state.lang = chosen ?? keptLanguage(ctx) ?? 'vi';
    return next();
  };
}

/** Follows `ui_locales` of the authorization request, unless the person has chosen already. */
export function preferLocales(ctx: Context, uiLocales: unknown): void {
  if (asLanguage(ctx.query.lang) ?? keptLanguage(ctx)) return;
  if (typeof uiLocales !== 'string') return;
  const wanted = uiLocales.split(' ').map((tag) => asLanguage(tag.split('-')[0]?.toLowerCase()));
  ctx.state.lang = wanted.find((language) => language !== undefined) ?? ctx.state.lang;
}

function keptLanguage(ctx: Context): Language | undefined {
  if (!ctx.headers.cookie?.includes(COOKIE)) return undefined;
  return asLanguage(ctx.cookies.get(COOKIE, { signed: false }));
}

function asLanguage(value: unknown): Language | undefined {
  return value === 'vi' || value === 'en' ? value : undefined;
}
