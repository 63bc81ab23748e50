/**
 * One-time links: the first way in, and the way back in after two supervisors agreed (recovery.ts). Whoever opens one
 * sets a password and a second factor together, or nothing; only then is the link used up and the officer active. The
 * table holds hashes, an officer has one open link at most, and a new one ends the one before.
 */
import { createHash } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';
import { clearCredentials, type NewCredential, setCredential } from './credentials.ts';
import { declareNumber } from './household.ts';
import { findOfficer, type Manager, nameOf } from './officers.ts';
import type { Officer } from './roles.ts';
import { endOfficerSessions } from './sessions.ts';

export type InvitationKind = 'invitation' | 'recovery';
export type Invitation = { officer: Officer; kind: InvitationKind; expiresAt: Date };

const HOUR_MS = 3_600_000;
const LIFETIME_MS = { invitation: 72 * HOUR_MS, recovery: 24 * HOUR_MS };

/** Makes a link's token; it is shown once, to whoever made it. */
export async function issueLink(
  { trx, now, record }: Act,
  random: Deps['random'],
  { officerId, kind, by }: { officerId: string; kind: InvitationKind; by: Manager },
): Promise<string> {
  await trx.selectFrom('officers').select('id').where('id', '=', officerId).forNoKeyUpdate().execute();
  await trx
    .updateTable('officer_invitations')
    .set({ used_at: now })
    .where('officer_id', '=', officerId)
    .where('used_at', 'is', null)
    .execute();
  const token = random(32).toString('base64url');
  await trx
    .insertInto('officer_invitations')
    .values({
      token_hash: hashToken(token),
      officer_id: officerId,
      kind,
      created_by: nameOf(by),
      created_at: now,
      expires_at: new Date(now.getTime() + LIFETIME_MS[kind]),
    })
    .execute();
  record({ event: 'officer.link_issued', officer: officerId, kind, actor: nameOf(by) });
  return token;
}

/** Whom an unused link is for; undefined when it is none, used, run out, or its officer is shut out. */
export async function findInvitation(db: Db, token: string, now: Date): Promise<Invitation | undefined> {
  const row = await db
    .selectFrom('officer_invitations')
    .select(['officer_id', 'kind', 'expires_at'])
    .where('token_hash', '=', hashToken(token))
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  const officer = row && (await findOfficer(db, row.officer_id));
  if (!officer || officer.status === 'suspended') return undefined;
  return { officer, kind: row.kind as InvitationKind, expiresAt: row.expires_at };
}

/** How many officers have not taken up their invitation. */
export async function countInvited(db: Db): Promise<number> {
  const row = await db
    .selectFrom('officers')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .where('status', '=', 'invited')
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export type Acceptance = {
  token: string;
  passwordHash: string;
  factor: NewCredential;
  /** The officer's own personal number; asked the first time only. */
  ownNumber?: string | undefined;
};

/** Takes up a link: what was set before goes, password and factor come, together. False when the link is gone. */
export async function acceptInvitation(act: Act, keyring: Keyring, given: Acceptance): Promise<boolean> {
  const { trx, now, record } = act;
  const row = await trx
    .updateTable('officer_invitations')
    .set({ used_at: now })
    .where('token_hash', '=', hashToken(given.token))
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['officer_id', 'kind'])
    .executeTakeFirst();
  if (!row) return false;
  const officerId = row.officer_id;
  const active = await trx
    .updateTable('officers')
    .set({ status: 'active' })
    .where('id', '=', officerId)
    .where('status', '!=', 'suspended')
    .returning('id')
    .executeTakeFirst();
  if (!active) return false;
  await clearCredentials(act, officerId);
  await endOfficerSessions(act, officerId);
  await setCredential(act, keyring, officerId, { kind: 'password', secret: given.passwordHash });
  if (!(await setCredential(act, keyring, officerId, given.factor)))
    throw new Error('this key is known already');
  if (given.ownNumber) {
    await declareNumber(act, keyring, { officerId, relation: 'self', personalNumber: given.ownNumber });
  }
  record({
    event: 'officer.activated',
    officer: officerId,
    kind: row.kind as InvitationKind,
    actor: officerId,
  });
  return true;
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
