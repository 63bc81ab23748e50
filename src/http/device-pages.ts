/**
 * The pages of signing in on another device (RFC 8628 §3.3): the code is typed, compared, and let in or not. The provider
 * hands over its forms; only their secret is taken from them.
 */
import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { deviceCodePage } from '../../views/device-code.ts';
import { deviceConfirmPage } from '../../views/device-confirm.ts';
import { deviceDonePage } from '../../views/device-done.ts';
import { messagesFor } from '../../views/messages.ts';
import { renderProviderError } from './error-page.ts';
import { pageProps, sayWhen, sendPage } from './page.ts';
import type { Context } from './state.ts';

const ACTION = '/device';

/** Asks for the code; says why when the one before was not good; ends when the citizen stopped. */
export function askForUserCode(
  koa: KoaContextWithOIDC,
  form: string,
  out?: { error: string },
  error?: Error,
): void {
  const ctx = koa as unknown as Context;
  if (error && out && isForgotten(koa)) {
    renderProviderError(koa, out, error);
    return;
  }
  if (stops(error)) {
    ctx.status = 200;
    sendPage(ctx, deviceDonePage({ page: pageProps(ctx), stopped: true }));
    return;
  }
  const typed = (error as { userCode?: string } | undefined)?.userCode;
  const { faults } = messagesFor(ctx.state.lang).devices.enter;
  const fault = error && (faults[reasons[error.name] ?? 'other'] as string);
  sendPage(
    ctx,
    deviceCodePage({
      page: pageProps(ctx),
      action: ACTION,
      xsrf: /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '',
      ...(typed ? { userCode: typed } : {}),
      ...(fault ? { error: fault } : {}),
    }),
    error ? 400 : 200,
  );
}

/**
 * A browser without a session of ours came to where only one that has one is sent. The library would give it one after
 * it has kept them, and fail at that (500); a form with such a session's secret would lead nowhere either.
 */
function isForgotten({ oidc }: KoaContextWithOIDC): boolean {
  const session = oidc.session as { exp?: number; touched?: boolean } | undefined;
  if (!session || session.exp !== undefined) return false;
  session.touched = false;
  return true;
}

const reasons: Record<string, 'unknown' | 'expired' | 'used'> = {
  NoCodeError: 'unknown',
  NotFoundError: 'unknown',
  ExpiredError: 'expired',
  AlreadyUsedError: 'used',
};

/** The citizen pressed "no", or gave up on the way: the device has been told by now. */
function stops(error: Error | undefined): boolean {
  const { error: code } = (error ?? {}) as { error?: string };
  return error?.name === 'AbortedError' || code === 'unmet_authentication_requirements';
}

/** Shows what asks, since when and under which code, before anybody is let in. */
export function confirmDevice(
  koa: KoaContextWithOIDC,
  form: string,
  client: { clientId: string; clientName?: string | undefined },
  deviceInfo: { askedAt?: number },
  userCode: string,
): void {
  const ctx = koa as unknown as Context;
  const { askedAt } = deviceInfo;
  sendPage(
    ctx,
    deviceConfirmPage({
      page: pageProps(ctx),
      clientName: client.clientName ?? client.clientId,
      userCode,
      action: ACTION,
      xsrf: /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '',
      ...(askedAt ? { since: sayWhen(ctx, new Date(askedAt * 1000)) } : {}),
    }),
  );
}

export function sayDeviceDone(koa: KoaContextWithOIDC): void {
  const ctx = koa as unknown as Context;
  const { client } = koa.oidc;
  sendPage(
    ctx,
    deviceDonePage({ page: pageProps(ctx), clientName: client?.clientName ?? client?.clientId ?? '' }),
  );
}

/** An address with the code in it (§3.3.1): the code stands in the field, and is sent by the citizen, not by a script. */
export function showScannedCode(): Middleware {
  return async (koa, next) => {
    await next();
    const { oidc } = koa as unknown as Partial<KoaContextWithOIDC>;
    if (oidc?.route !== 'code_verification' || koa.method !== 'GET' || koa.status !== 200) return;
    const userCode = oidc.params?.user_code;
    const secret = (oidc.session as { state?: { secret?: string } } | undefined)?.state?.secret;
    if (typeof userCode !== 'string' || !secret) return;
    const ctx = koa as unknown as Context;
    sendPage(ctx, deviceCodePage({ page: pageProps(ctx), action: ACTION, xsrf: secret, userCode }));
  };
}
