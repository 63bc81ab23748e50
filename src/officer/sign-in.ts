/**
 * How an officer proves who they are: the password, then a second factor; the same factor again before what matters.
 *
 * Failures are counted before they are made, on all nodes together (account/attempts). Those of the password count by
 * what was typed and apart for browsers this officer has signed in from, so that a stranger who types a login over and
 * over locks out strangers and not the officer. Those of the factor count behind the right password only. An unknown
 * login costs as much time, and hears the same, as a wrong password.
 */
import {
  type AttemptSubject,
  forgetAttempts,
  refundAttempt,
  takeAttempt,
  waitOf,
} from '../account/attempts.ts';
import type { PinHasher } from '../account/pin-hasher.ts';
import { type Act, performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Place } from '../http/passkey-place.ts';
import { type FactorKind, noteUse, readSecret } from './credentials.ts';
import { findOfficerByLogin, normaliseLogin } from './officers.ts';
import { checkPasskey } from './passkeys.ts';
import type { Officer } from './roles.ts';
import { readTotpStep } from './totp.ts';

export type SignInScope = { deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>; hasher: PinHasher };

export type Refusal = { outcome: 'wrong' | 'used' | 'locked'; until?: Date };
export type PasswordAnswer = { outcome: 'right'; officer: Officer } | Refusal;
export type FactorAnswer = { outcome: 'right'; kind: FactorKind } | Refusal;

/** A hash of nothing anybody knows, to spend the time of a check on. */
let decoy: Promise<string> | undefined;

/** Holds login and password against the table. To be called inside `hasher.within`. `browser`: known to be this officer's. */
export async function checkPassword(
  { deps, hasher }: SignInScope,
  { login: typed, password, browser }: { login: string; password: string; browser?: string | undefined },
): Promise<PasswordAnswer> {
  const { db, keyring } = deps;
  const login = normaliseLogin(typed) ?? '';
  const subject: AttemptSubject = { kind: 'officer', value: `password/${login}/${browser ?? ''}` };
  if (!(await take(deps, subject))) return refuse(deps, subject, 'locked');
  const officer = await findOfficerByLogin(db, login);
  const kept = officer && (await readSecret(db, keyring, officer.id, 'password'));
  decoy ??= hasher.hash(keyring.secrets('factor')[0]?.toString('base64url') ?? '');
  const right = await hasher.verify(kept?.secret ?? (await decoy), password).catch(async (error: Error) => {
    // Nothing was tried: the machine has no memory left, say.
    await performAct(deps, (act) => refundAttempt(act, keyring, [subject]));
    throw error;
  });
  if (right && officer?.status === 'active' && kept) {
    await performAct(deps, async (act) => {
      await noteUse(act, kept.id);
      await forgetAttempts(act, keyring, [subject]);
    });
    return { outcome: 'right', officer };
  }
  await noteRefusal(deps, officer, right && kept ? 'not_active' : 'wrong_password');
  return refuse(deps, subject, 'wrong');
}

/** What the page sent: a code, or what the browser's passkey answered. */
export type FactorProof = { code?: string | undefined; passkey?: string | undefined };

/** Holds a second factor against the officer's; a code or an answer counts once. `then` is done in the same act. */
export async function checkFactor<T>(
  { deps }: Pick<SignInScope, 'deps'>,
  { officer, proof, place }: { officer: Officer; proof: FactorProof; place: Place | undefined },
  then: (act: Act, kind: FactorKind) => Promise<T>,
): Promise<(FactorAnswer & { outcome: 'right'; result: T }) | Refusal> {
  const { keyring } = deps;
  const subject: AttemptSubject = { kind: 'officer', value: `factor/${officer.id}` };
  if (!(await take(deps, subject))) return refuse(deps, subject, 'locked');
  const answered = await performAct(deps, async (act) => {
    const found =
      proof.passkey && place
        ? await checkPasskey(act, keyring, { officerId: officer.id, answer: proof.passkey, place })
        : await checkCode(act, keyring, officer.id, proof.code ?? '');
    if (found === 'wrong' || found === 'used') {
      act.record({ event: 'officer.refused', officer: officer.id, reason: `${found}_factor` });
      return found;
    }
    await forgetAttempts(act, keyring, [subject]);
    return { kind: found, result: await then(act, found) };
  });
  if (typeof answered === 'string') return refuse(deps, subject, answered);
  return { outcome: 'right', ...answered };
}

async function checkCode(
  act: Act,
  keyring: Deps['keyring'],
  officerId: string,
  code: string,
): Promise<'totp' | 'wrong' | 'used'> {
  const kept = await readSecret(act.trx, keyring, officerId, 'totp');
  const step = kept && readTotpStep(kept.secret, code, act.now);
  if (!kept || step === undefined) return 'wrong';
  return (await noteUse(act, kept.id, { kind: 'totp', counter: step })) ? 'totp' : 'used';
}

async function take(deps: SignInScope['deps'], subject: AttemptSubject): Promise<boolean> {
  const { db, keyring, clock } = deps;
  // While it is locked nothing is tried and nothing written.
  if (await waitOf(db, keyring, subject, clock())) return false;
  return performAct(deps, (act) => takeAttempt(act, keyring, [subject]));
}

async function refuse(
  { db, keyring, clock }: SignInScope['deps'],
  subject: AttemptSubject,
  outcome: Refusal['outcome'],
): Promise<Refusal> {
  const until = await waitOf(db, keyring, subject, clock());
  return until ? { outcome: 'locked', until } : { outcome };
}

async function noteRefusal(deps: SignInScope['deps'], officer: Officer | undefined, reason: string) {
  await performAct(deps, async ({ record }) =>
    record({ event: 'officer.refused', officer: officer?.id ?? null, reason }),
  );
}
