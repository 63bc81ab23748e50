/**
 * The sign-ins of every day, without an interactive transaction: of somebody whom nobody knew, and of a citizen who is
 * as they were the last time. Act and record are one statement, shared by the requests that arrive together, so that the
 * head of the audit chain is locked, and the disk waited for, once for many (docs/decisions/0026).
 *
 * Whatever is not one of these (a new name, a new browser to be told of, an account that may not be used, two first
 * sign-ins of one person at the same moment) is not done here at all, and the caller's own act does it. It writes the
 * same rows and lines: identities, name-index and devices say what they are.
 *
 * Nobody waits in a circle. Both statements take identities in the order of a key, and what else they touch hangs from
 * an identity that they made or hold: an account, its names, its devices. An act of one citizen takes the identity
 * before the devices, too; the head of the chain is last for all.
 */
import { randomUUID } from 'node:crypto';
import { actsStatement, countEvents, lineOf } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import { gather } from '../db/batch.ts';
import { runPrepared } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { firstSight } from './devices.ts';
import {
  hashSubject,
  isNameSource,
  openProfile,
  type Profile,
  type Provider,
  sealProfile,
} from './identities.ts';
import { hashParts } from './name-index.ts';

export type SignIn = {
  provider: Provider;
  profile: Profile;
  device: { deviceHash: Buffer; label: string };
  /** What is recorded of it at last. */
  succeeded: (accountId: string) => AuditEvent;
};
type Used = Pick<Deps, 'db' | 'clock' | 'keyring' | 'metrics'>;

export type SignedIn = { accountId: string; isNew: boolean };

/** The account that was signed in to, new or known; undefined when it takes an act, and nothing was written. */
export async function signInAtOnce(deps: Used, signIn: SignIn): Promise<SignedIn | undefined> {
  const { provider, profile, device, succeeded } = signIn;
  const { db, keyring } = deps;
  const [accountId, now] = [randomUUID(), deps.clock()];
  const events: AuditEvent[] = [
    { event: 'account.created', account: accountId, method: provider },
    firstSight(accountId, device.deviceHash),
    succeeded(accountId),
  ];
  const met = await meet(db, {
    ...device,
    provider,
    subjectHash: hashSubject(keyring, provider, profile.subject),
    accountId,
    profileSealed: sealProfile(keyring, provider, accountId, profile),
    nameHashes: isNameSource(provider) ? hashParts(keyring, profile.name ?? '') : [],
    now,
    lines: events.map((event) => lineOf(now, event)),
  });
  // Known under the very id that was thought of here: the answer to the statement was lost, and it was sent again.
  if (met.made || met.account_id === accountId) {
    countEvents(deps, events);
    return { accountId, isNew: true };
  }
  return met.account_id ? signInAgain(deps, signIn, { ...met, now }) : undefined;
}

type Known = { account_id: string; profile_sealed: Buffer; is_usual: boolean };

async function signInAgain(
  deps: Used,
  { provider, profile, device, succeeded }: SignIn,
  { account_id: accountId, profile_sealed: before, is_usual, now }: Known & { now: Date },
): Promise<SignedIn | undefined> {
  const { db, keyring } = deps;
  const known = openProfile(keyring, provider, accountId, before);
  // As in an act: what the upstream leaves out this time is not forgotten.
  const kept = { ...known, ...profile };
  if (!is_usual || kept.name !== known.name) return undefined;
  const [seen, last] = [firstSight(accountId, device.deviceHash), succeeded(accountId)];
  const { done, added } = await recognise(db, {
    ...device,
    provider,
    accountId,
    before,
    after: sealProfile(keyring, provider, accountId, kept),
    now,
    firstSight: lineOf(now, seen),
    succeeded: lineOf(now, last),
  });
  if (!done) return undefined;
  countEvents(deps, added ? [seen, last] : [last]);
  return { accountId, isNew: false };
}

type Newcomer = SignIn['device'] & {
  provider: Provider;
  subjectHash: Buffer;
  accountId: string;
  profileSealed: Buffer;
  nameHashes: Buffer[];
  now: Date;
  lines: string[];
};
/** `made`: nobody knew this subject. `is_usual`: the account is active, and there is nothing to tell of this browser. */
type Met = { n: number; made: boolean } & (Known | { account_id: null });

/** A list of its own for each row goes as lines of one text: PostgreSQL's arrays of arrays are tables. */
const newcomers = actsStatement({
  name: 'sign_in_newcomers',
  acts: `
  q AS (
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::uuid[], $4::uuid[], $5::bytea[], $6::text[], $7::bytea[],
      $8::text[], $9::timestamptz[], $10::text[]) WITH ORDINALITY AS q
      (provider, subject_hash, account_id, identity_id, profile_sealed, names, device_hash, label, now, lines, n)
  ),
  made AS (
    INSERT INTO identities (id, account_id, provider, subject_hash, profile_sealed, linked_at, last_used_at)
    SELECT identity_id, account_id, provider, subject_hash, profile_sealed, now, now FROM q
    WHERE NOT EXISTS (
      SELECT FROM identities i WHERE i.provider = q.provider AND i.subject_hash = q.subject_hash)
    ORDER BY provider, subject_hash
    ON CONFLICT DO NOTHING
    RETURNING account_id
  ),
  newcomer AS (SELECT q.* FROM q JOIN made USING (account_id)),
  account AS (INSERT INTO accounts (id, created_at) SELECT account_id, now FROM newcomer),
  named AS (
    INSERT INTO name_index (part_hash, account_id, source)
    SELECT decode(part, 'hex'), account_id, provider FROM newcomer, string_to_table(names, E'\\n') AS part
  ),
  used AS (
    INSERT INTO devices (account_id, device_hash, label, first_seen_at, last_seen_at)
    SELECT account_id, device_hash, label, now, now FROM newcomer
  ),
  lines (act, n, body) AS (
    SELECT c.n, l.n, l.body FROM newcomer c, string_to_table(c.lines, E'\\n') WITH ORDINALITY AS l (body, n)
  )`,
  // Of those who were known before: a statement does not see what it writes itself.
  answer: `
  SELECT q.n::int, m.account_id IS NOT NULL AS made, i.account_id, i.profile_sealed,
    a.status = 'active' AND (
      EXISTS (SELECT FROM devices d WHERE d.account_id = i.account_id AND d.device_hash = q.device_hash)
      OR NOT EXISTS (SELECT FROM devices d WHERE d.account_id = i.account_id)) AS is_usual
  FROM q LEFT JOIN made m ON m.account_id = q.account_id
    LEFT JOIN identities i ON i.provider = q.provider AND i.subject_hash = q.subject_hash
    LEFT JOIN accounts a ON a.id = i.account_id
  ORDER BY q.n`,
});

const meet = gather<Newcomer, Met>(
  (db, items) =>
    runPrepared<Met>(db, newcomers, [
      items.map(({ provider }) => provider),
      items.map(({ subjectHash }) => subjectHash),
      items.map(({ accountId }) => accountId),
      items.map(() => randomUUID()),
      items.map(({ profileSealed }) => profileSealed),
      items.map(({ nameHashes }) => nameHashes.map((hash) => hash.toString('hex')).join('\n')),
      items.map(({ deviceHash }) => deviceHash),
      items.map(({ label }) => label),
      items.map(({ now }) => now),
      items.map(({ lines }) => lines.join('\n')),
    ]),
  { keysOf: ({ subjectHash }) => [subjectHash.toString('base64')], again: true },
);

type Again = SignIn['device'] & {
  provider: Provider;
  accountId: string;
  before: Buffer;
  after: Buffer;
  now: Date;
  firstSight: string;
  succeeded: string;
};
type Recognised = { n: number; done: boolean; added: boolean };

const recognising = actsStatement({
  name: 'sign_in_known',
  // `ready`: still as it was read, and held until the end. Accounts are held for what refers to them: that is looked at
  // when the head is locked already.
  acts: `
  q AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[], $7::timestamptz[],
      $8::text[], $9::text[]) WITH ORDINALITY AS q
      (provider, account_id, before, after, device_hash, label, now, first_sight, succeeded, n)
  ),
  ready AS (
    SELECT q.*, d.account_id IS NULL AS is_new FROM q
    JOIN identities i ON i.account_id = q.account_id AND i.provider = q.provider AND i.profile_sealed = q.before
    JOIN accounts a ON a.id = q.account_id AND a.status = 'active'
    LEFT JOIN devices d ON d.account_id = q.account_id AND d.device_hash = q.device_hash
    WHERE d.account_id IS NOT NULL OR NOT EXISTS (SELECT FROM devices o WHERE o.account_id = q.account_id)
    ORDER BY q.account_id
    FOR NO KEY UPDATE OF i FOR KEY SHARE OF a
  ),
  touched AS (
    UPDATE identities i SET profile_sealed = r.after, last_used_at = r.now FROM ready r
    WHERE i.account_id = r.account_id AND i.provider = r.provider
  ),
  seen AS (
    UPDATE devices d SET last_seen_at = r.now, label = r.label FROM ready r
    WHERE d.account_id = r.account_id AND d.device_hash = r.device_hash
    RETURNING d.account_id
  ),
  added AS (
    INSERT INTO devices (account_id, device_hash, label, first_seen_at, last_seen_at)
    SELECT account_id, device_hash, label, now, now FROM ready WHERE is_new
    ON CONFLICT DO NOTHING
    RETURNING account_id
  ),
  lines (act, n, body) AS (
    SELECT r.n, l.n, l.body FROM ready r
    CROSS JOIN (SELECT count(*) FROM seen) AS waited
    LEFT JOIN added d ON d.account_id = r.account_id
    CROSS JOIN LATERAL (
      VALUES (1, CASE WHEN d.account_id IS NOT NULL THEN r.first_sight END), (2, r.succeeded)) AS l (n, body)
    WHERE l.body IS NOT NULL
  )`,
  // What was sealed here already: the answer to the statement was lost, and it was sent again.
  answer: `
  SELECT q.n::int, (r.n IS NOT NULL OR i.profile_sealed = q.after) IS TRUE AS done, d.account_id IS NOT NULL AS added
  FROM q LEFT JOIN ready r ON r.n = q.n
    LEFT JOIN added d ON d.account_id = q.account_id
    LEFT JOIN identities i ON i.account_id = q.account_id AND i.provider = q.provider
  ORDER BY q.n`,
});

const recognise = gather<Again, Recognised>(
  (db, items) =>
    runPrepared<Recognised>(db, recognising, [
      items.map(({ provider }) => provider),
      items.map(({ accountId }) => accountId),
      items.map(({ before }) => before),
      items.map(({ after }) => after),
      items.map(({ deviceHash }) => deviceHash),
      items.map(({ label }) => label),
      items.map(({ now }) => now),
      items.map(({ firstSight: line }) => line),
      items.map(({ succeeded }) => succeeded),
    ]),
  { keysOf: ({ accountId }) => [accountId], again: true },
);
