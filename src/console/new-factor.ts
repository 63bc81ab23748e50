/**
 * How a new second factor is set: an authenticator app by QR or by hand, or a passkey. The app's secret travels sealed in
 * the page's own form and is kept only when a code shows that the app has it.
 */
import type { NewFactorProps } from '../../views/console-parts.ts';
import { labelOf } from '../account/devices.ts';
import type { Act } from '../audit/audit.ts';
import { consolePasskeyHref } from '../http/page.ts';
import { drawQr } from '../http/qr.ts';
import { allowScript } from '../http/security-headers.ts';
import type { NewCredential } from '../officer/credentials.ts';
import { offerRegistration, readRegistration } from '../officer/passkeys.ts';
import type { Officer } from '../officer/roles.ts';
import { newTotpSecret, readTotpStep, totpAddress } from '../officer/totp.ts';
import { placeFor } from './factor.ts';
import type { Visit } from './rights.ts';

/** What the page shows. `bound`: what its secrets belong to. The secret stays the same while the form is sent again. */
export async function offerNewFactor(
  { scope, ctx, fields }: Visit,
  officer: Officer,
  bound: string,
): Promise<NewFactorProps> {
  const { keyring, random, config } = scope.deps;
  const secret = openSecret(keyring, fields.totp, bound) ?? newTotpSecret(random);
  const place = placeFor(scope, ctx, bound);
  const options = place && (await offerRegistration(scope.deps, place, officer));
  if (options) allowScript(ctx, config);
  return {
    qr: drawQr(totpAddress(secret, officer.login)),
    secret: (secret.match(/.{1,4}/g) ?? []).join(' '),
    sealed: keyring.seal('factor', `totp/${bound}`, secret).toString('base64url'),
    ...(options ? { passkey: { options: JSON.stringify(options), scriptHref: consolePasskeyHref } } : {}),
  };
}

/** Reads what was chosen: how to make the credential in the act that sets it, or why it is none. */
export function chooseFactor(
  { scope, ctx, fields }: Visit,
  bound: string,
): 'factor' | ((act: Act) => Promise<NewCredential | undefined>) {
  const { keyring, clock } = scope.deps;
  const { passkey, code, totp } = fields;
  const place = placeFor(scope, ctx, bound);
  if (place && typeof passkey === 'string' && passkey !== '') {
    const name = labelOf(ctx.get('User-Agent')).replace('/', ' · ');
    return (act) => readRegistration(act, place, { answer: passkey, name });
  }
  const secret = openSecret(keyring, totp, bound);
  const step = secret && readTotpStep(secret, String(code ?? ''), clock());
  if (!secret || step === undefined) return 'factor';
  // The code that was shown now does not serve again to sign in.
  return async () => ({ kind: 'totp', secret, counter: step as bigint });
}

function openSecret(keyring: Visit['scope']['deps']['keyring'], sealed: unknown, bound: string) {
  if (typeof sealed !== 'string') return undefined;
  try {
    return keyring.open('factor', `totp/${bound}`, Buffer.from(sealed, 'base64url')).toString();
  } catch {
    return undefined;
  }
}
