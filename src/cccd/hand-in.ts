/**
 * A chip is handed in: verified in a worker, graded, taken through the rule, and the reading that asked for it is
 * finished. The device that handed it in learns only that it arrived.
 *
 * Grades of Active Authentication (design §2 point 7): `server_challenge` only when the signature answers a
 * challenge of ours; what a phone asked by itself is `client_challenge`, can be replayed, and is therefore accepted
 * once for ever; none is `absent`.
 */
import { createHash } from 'node:crypto';
import { type AttemptSubject, refundAttempt, takeAttempt } from '../account/attempts.ts';
import { findProfile } from '../account/identities.ts';
import { type Act, performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Reason } from '../icao/reasons.ts';
import { findDesk, keepCase } from '../verification/desk-visits.ts';
import { lockAccount, type SubmissionResult, submitProof } from '../verification/proofs.ts';
import { type Reading, type ReadingStatus, takeChallenge } from '../verification/readings.ts';
import type { Checks } from '../verification/rules.ts';
import { compareNames } from '../verification/same-person.ts';
import { readTrustStore, type TrustBytes } from '../verification/trust-store.ts';
import type { ChipVerifier } from './chip-verifier.ts';
import type { ChipFiles, ChipVerdict } from './judge-chip.ts';

export type Desk = {
  deps: Deps;
  verifier: ChipVerifier;
  /** The trust as it was last read; read again only when it changed. */
  trust?: TrustBytes | undefined;
};
/** Whose challenge the chip answered. */
export type Asker = 'server' | 'client';
type Verified = Extract<ChipVerdict, { verified: true }>;

const DAY_MS = 24 * 3600 * 1000;

/** Not the citizen's fault, and no attack either: the chip was read half, or is another document. */
const honest: ReadonlySet<Reason> = new Set([
  'input_unreadable',
  'dg1_missing',
  'dg15_missing',
  'dg_surplus_bytes',
  'document_not_expected',
]);

/** Refused, but nothing the citizen did: an authority nobody has pinned yet, another kind of document. */
const notTheirs: ReadonlySet<Reason> = new Set([
  'csca_unknown',
  'csca_expired',
  'csca_not_for_document_type',
  'signer_document_type',
  'issuing_state_mismatch',
]);

/** Takes a chip for a reading. Throws what the device may be told; the outcome waits on the first screen. */
export async function handIn(desk: Desk, reading: Reading, files: ChipFiles, asker: Asker): Promise<void> {
  const { deps, verifier } = desk;
  const trust = await currentTrust(desk);
  if (!trust) throw new AppError('card_not_configured');
  const subjects = subjectsOf(reading);
  const { activeAuthentication } = files;
  if (asker === 'server' && activeAuthentication) {
    if (!(await takeChallenge(deps, reading, activeAuthentication.challenge)))
      throw new AppError('challenge_unusable');
  }
  // Taken before the chip is judged: a hundred at once must not all come before the first failure is counted.
  await performAct(deps, async (act) => {
    if (!(await takeAttempt(act, deps.keyring, subjects))) throw new AppError('card_limit');
  });
  const refund = () => performAct(deps, (act) => refundAttempt(act, deps.keyring, subjects));
  const verdict = await verifier.verify(files, trust, deps.clock());
  if ('busy' in verdict) {
    await refund();
    throw new AppError('busy');
  }
  if (verdict.verified) {
    await performAct(deps, (act) => accept(act, desk, reading, { files, verdict, asker }));
    return;
  }
  if (honest.has(verdict.reason)) {
    await refund();
    throw new AppError('scan_unreadable');
  }
  await refuseChip(desk, reading, verdict.reason);
}

/** The operator's certificates; undefined while there are none, and then no card can be verified. */
export async function currentTrust(desk: Desk): Promise<TrustBytes | undefined> {
  desk.trust = await readTrustStore(desk.deps.db, desk.trust);
  return desk.trust;
}

/** The chip is no genuine one, or has run out. Nothing on it may be believed, so there is no person to make a case of. */
async function refuseChip({ deps }: Desk, reading: Reading, reason: Reason): Promise<void> {
  if (notTheirs.has(reason))
    deps.log.warn({ reason }, 'a chip was refused for its authority: is one not pinned?');
  await performAct(deps, async (act) => {
    const expired = reason === 'document_expired' || reason === 'signer_expired';
    if (expired || notTheirs.has(reason)) await refundAttempt(act, deps.keyring, subjectsOf(reading));
    await finishReading(act, reading, 'refused', expired ? 'card_expired' : 'card_refused');
    act.record({ event: 'step_up.refused', account: reading.accountId, method: 'chip', reason });
  });
}

type Accepted = { files: ChipFiles; verdict: Verified; asker: Asker };

async function accept(act: Act, { deps }: Desk, reading: Reading, accepted: Accepted): Promise<void> {
  const { verdict, files, asker } = accepted;
  const { accountId } = reading;
  const number: AttemptSubject = { kind: 'number', value: verdict.person.personalNumber };
  await lockAccount(act, accountId);
  if (!(await takeAttempt(act, deps.keyring, [number]))) throw new AppError('card_limit');
  // An answer to our own challenge is fresh by itself; it is remembered so that nobody hands it in as a phone's.
  const first = await rememberProof(act, accountId, verdict);
  if (asker === 'client' && !first) throw new AppError('scan_replayed');
  const profile = await findProfile(act.trx, deps.keyring, 'zalo', accountId);
  const { person, expiresOn } = verdict;
  const desk = reading.visitId ? await findDesk(act, reading.visitId) : undefined;
  if (reading.visitId && !desk) throw new AppError('reading_expired');
  const result = await submitProof(
    act,
    deps.keyring,
    {
      accountId,
      method: 'chip',
      person: {
        personalNumber: person.personalNumber,
        fullName: person.fullName,
        birthDate: person.birthDate,
      },
      checks: {
        ...checksOf(verdict, asker, compareNames(profile?.name, person.fullName)),
        ...(desk ? { second_officer: 'missing' as const } : {}),
      },
      evidence: { kind: 'chip_files', content: packEvidence(files) },
      ...(expiresOn ? { expiresAt: endOfDayInVietnam(expiresOn) } : {}),
      ...(desk ? { desk } : {}),
      ...(person.residence ? { residence: person.residence } : {}),
    },
    // Who came to a desk is looked at there.
    { chipPilot: deps.config.chipPilot && !desk, deskOneOfficer: deps.config.deskOneOfficer },
  );
  if (reading.visitId && result.caseId) await keepCase(act, reading.visitId, result.caseId);
  await conclude(act, deps, reading, result, person.personalNumber);
}

async function conclude(
  act: Act,
  { keyring }: Deps,
  reading: Reading,
  result: SubmissionResult,
  personalNumber: string,
): Promise<void> {
  const { accountId } = reading;
  if (result.outcome === 'refused') {
    await finishReading(act, reading, 'refused', codeOf(result.reason), result.caseId);
    act.record({ event: 'step_up.refused', account: accountId, method: 'chip', reason: result.reason });
    return;
  }
  await refundAttempt(act, keyring, [...subjectsOf(reading), { kind: 'number', value: personalNumber }]);
  const status = result.outcome === 'approved' ? 'approved' : 'in_review';
  await finishReading(act, reading, status, null, result.caseId);
}

function checksOf(verdict: Verified, asker: Asker, samePerson: Checks['same_person']): Checks {
  const { activeAuthentication } = verdict;
  const answered = asker === 'server' ? 'server_challenge' : 'client_challenge';
  return {
    data_genuine: 'pass',
    card_genuine:
      activeAuthentication === 'verified' ? answered : activeAuthentication === 'failed' ? 'fail' : 'absent',
    holder_present: 'none',
    number_valid: 'pass',
    revocation: verdict.revocation,
    ...(samePerson ? { same_person: samePerson } : {}),
  };
}

function codeOf(reason: string): ErrorCode {
  if (reason === 'duplicate_person') return 'duplicate_person';
  if (reason === 'account_not_active') return 'account_suspended';
  return reason === 'other_person' ? 'card_other_person' : 'card_refused';
}

/**
 * What a phone's own challenge proved, and the chip beside it, are taken once by an account, for ever (facts B6.1).
 * Remembered by what the state signed, not by the bytes: files and signatures can be rewritten and still verify.
 */
async function rememberProof({ trx, now }: Act, accountId: string, verdict: Verified): Promise<boolean> {
  const { chipIdentity, onceKey } = verdict;
  const proofs = [`chip ${chipIdentity}`, ...(onceKey ? [`answer ${onceKey}`] : [])];
  const fresh = await trx
    .insertInto('card_proofs_seen')
    .values(proofs.map((proof) => ({ proof_hash: sha256(proof), account_id: accountId, seen_at: now })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('proof_hash')
    .execute();
  return fresh.length === proofs.length;
}

async function finishReading(
  { trx, now }: Act,
  reading: Reading,
  status: ReadingStatus,
  reason: ErrorCode | null,
  caseId?: string,
): Promise<void> {
  const done = await trx
    .updateTable('card_readings')
    .set({ status, reason, case_id: caseId ?? null, finished_at: now })
    .where('id', '=', reading.id)
    .where('status', '=', 'waiting')
    .returning('id')
    .executeTakeFirst();
  // Two chips for one reading in one instant: the first decides, and the second leaves no trace.
  if (!done) throw new AppError('reading_expired');
}

function subjectsOf({ accountId, deviceHash }: Reading): AttemptSubject[] {
  const account: AttemptSubject = { kind: 'account', value: accountId };
  return deviceHash ? [account, { kind: 'device', value: deviceHash.toString('base64') }] : [account];
}

/** Base64 by name; sealed by the case that keeps it. */
function packEvidence({ sod, dataGroups }: ChipFiles): string {
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const files = Object.fromEntries(dataGroups.map(({ number, bytes }) => [`dg${number}`, encode(bytes)]));
  return JSON.stringify({ sod: encode(sod), ...files });
}

/** A card is good on its last day, as days are in Viet Nam (UTC+7, no summer time). */
function endOfDayInVietnam(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00+07:00`) + DAY_MS);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
