/**
 * The sandbox: the same upstreams, cards, app and service in miniature, for development and for the makers of apps.
 *
 * One Koa application on a port of its own, so that the provider meets them as it meets the real ones: over HTTP.
 * Everything works without a script, with plain forms and the field names of docs/sandbox.md. It keeps nothing on
 * disk, names nobody who lives, and only main.ts starts it, never in production.
 */
import Koa from 'koa';
import type { Deps } from '../deps.ts';
import { createCardReader } from './card-reader.ts';
import { createDemoApp } from './demo-app.ts';
import { createDemoService } from './demo-service.ts';
import { showSandbox } from './home.ts';
import { createInbox } from './inbox.ts';
import { createKiosk } from './kiosk.ts';
import { createMiniApp } from './mini-app.ts';
import { sendPage, stylesheet } from './page.ts';
import { createVneid } from './vneid.ts';
import { createZalo } from './zalo.ts';
import { createZns, createZnsState } from './zns.ts';

export { seedSandbox } from './seed.ts';

/** The application; the caller listens with it on config.sandboxPort. */
export async function createSandbox(deps: Deps): Promise<Koa> {
  // A second guard behind main.ts and the configuration: buttons instead of passwords must never face the public.
  if (deps.config.environment !== 'sandbox') throw new Error('the sandbox has no place in production');
  const app = new Koa();
  app.keys = [deps.random(32).toString('base64url')];
  app.on('error', (error: { status?: number }) => {
    if ((error.status ?? 500) >= 500) deps.log.error({ err: error }, 'sandbox failed');
  });
  app.use(async (ctx, next) => {
    if (ctx.path === '/') return sendPage(ctx, showSandbox(deps));
    if (ctx.path !== '/sandbox.css') return next();
    ctx.type = 'css';
    ctx.body = stylesheet;
  });
  app.use(createZalo(deps).routes());
  const messages = createZnsState(deps);
  app.use(createZns(deps, messages).routes());
  app.use(createInbox(messages).routes());
  for (const middleware of await createVneid(deps, app.keys as string[])) app.use(middleware);
  app.use(createDemoService(deps).routes());
  app.use(createDemoApp(deps).routes());
  app.use(createMiniApp(deps).routes());
  app.use(createCardReader(deps).routes());
  app.use(createKiosk(deps).routes());
  return app;
}
