/**
 * Security headers on every answer. The content policy allows no inline style, and no script but where a page says so.
 *
 * `form-action` binds the redirects that follow a form, too (CSP Level 3, as browsers do it): a consent form ends at
 * the relying party, and that may redirect on within its own services. So the targets are any https address, plain
 * http where the sandbox needs it, and what a page names itself (an app's own scheme).
 */
import helmet from 'helmet';
import type { Config } from '../config.ts';
import type { Context, Handler } from './state.ts';

export function setSecurityHeaders(config: Config): Handler {
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
  const headers: [name: string, value: string][] = [];
  const setHeader = (name: string, value: string) => headers.push([name, value]);
  protect({} as never, { setHeader, removeHeader: () => {} } as never, () => {});
  return async (ctx, next) => {
    for (const [name, value] of headers) ctx.res.setHeader(name, value);
    allowFormsTo(ctx, config);
    await next();
  };
}

/** Sets the content policy; `scheme` is a further scheme that the page's forms may end at (`vn.gov.app:`). */
export function allowFormsTo(ctx: Context, config: Pick<Config, 'environment'>, scheme?: string): void {
  setPolicy(ctx, config, { ...(scheme ? { scheme } : {}) });
}

/** For the pages that need a script, each its own file, asking our own server. `scheme` as for `allowFormsTo`. */
export function allowScript(ctx: Context, config: Pick<Config, 'environment'>, scheme?: string): void {
  setPolicy(ctx, config, { script: true, ...(scheme ? { scheme } : {}) });
}

function setPolicy(
  ctx: Context,
  config: Pick<Config, 'environment'>,
  { scheme, script }: { scheme?: string; script?: boolean },
): void {
  const targets = [
    "'self'",
    'https:',
    ...(config.environment === 'sandbox' ? ['http:'] : []),
    ...(scheme ? [scheme] : []),
  ];
  ctx.set(
    'Content-Security-Policy',
    [
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self'",
      script ? "script-src 'self'" : "script-src 'none'",
      ...(script ? ["connect-src 'self'"] : []),
      `form-action ${targets.join(' ')}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  );
}
