/**
 * Security headers on every answer; what a browser does with a page is said of pages only. The content policy allows no inline style, and no script but where a page says so.
 *
 * `form-action` binds the redirects that follow a form, too (CSP Level 3, as browsers do it): a consent form ends at
 * the relying party, and that may redirect on within its own services. So the targets are any https address, plain
 * http where the sandbox needs it, and what a page names itself (an app's own scheme).
 */
import helmet from 'helmet';
import type Koa from 'koa';
import type { Config } from '../config.ts';
import type { Context, Handler } from './state.ts';

/** `machines`: addresses that answer programs with JSON, never a page, and are asked more often than all others. */
export function setSecurityHeaders(config: Config, machines: { has: (path: string) => boolean }): Handler {
  const protect = helmet({
    contentSecurityPolicy: false,
    // Our own pages must send Origin on POST, so the referrer policy may not be `no-referrer`.
    referrerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-site' },
    strictTransportSecurity: config.issuer.startsWith('https:')
      ? { maxAge: 31_536_000, includeSubDomains: true }
      : false,
    xFrameOptions: { action: 'deny' },
  });
  // They are the same for every answer: asked once, set each time.
  const headers: [name: string, value: string][] = [['Content-Security-Policy', sayPolicy(config, {})]];
  const setHeader = (name: string, value: string) => headers.push([name, value]);
  protect({} as never, { setHeader, removeHeader: () => {} } as never, () => {});
  const plain = headers.filter(([name]) => forAll.has(name.toLowerCase()));
  return (ctx, next) => {
    for (const [name, value] of machines.has(ctx.path) ? plain : headers) ctx.res.setHeader(name, value);
    return next();
  };
}

/** Koa makes lists of lists for each header that is set; an answer has a dozen, and nearly all are one name and one text. */
export function setHeadersPlainly({ response }: Pick<Koa, 'response'>): void {
  const { set } = response as { set: (name: unknown, value?: unknown) => void };
  Object.assign(response, {
    set(this: Koa.Response, name: unknown, value?: unknown): void {
      if (typeof name !== 'string' || typeof value !== 'string') set.call(this, name, value);
      else if (name !== '' && !this.headerSent) this.res.setHeader(name, value);
    },
  });
}

const forAll = new Set(['strict-transport-security', 'x-content-type-options']);

/** Sets the content policy; `scheme` is a further scheme that the page's forms may end at (`vn.gov.app:`). */
export function allowFormsTo(ctx: Context, config: Pick<Config, 'environment'>, scheme?: string): void {
  setPolicy(ctx, config, { ...(scheme ? { scheme } : {}) });
}

/** For the pages that need a script, each its own file, asking our own server. `scheme` as for `allowFormsTo`. */
export function allowScript(ctx: Context, config: Pick<Config, 'environment'>, scheme?: string): void {
  setPolicy(ctx, config, { script: true, ...(scheme ? { scheme } : {}) });
}

type Policy = { scheme?: string; script?: boolean };

function setPolicy(ctx: Context, config: Pick<Config, 'environment'>, policy: Policy): void {
  ctx.set('Content-Security-Policy', sayPolicy(config, policy));
}

function sayPolicy({ environment }: Pick<Config, 'environment'>, { scheme, script }: Policy): string {
  const targets = [
    "'self'",
    'https:',
    ...(environment === 'sandbox' ? ['http:'] : []),
    ...(scheme ? [scheme] : []),
  ];
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    script ? "script-src 'self'" : "script-src 'none'",
    ...(script ? ["connect-src 'self'"] : []),
    `form-action ${targets.join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
