/**
 * An officer's session: 15 minutes without a sign of life, 8 hours in all. The browser holds 256 random bits, the table
 * their hash. After the password alone there is a session of five minutes that opens nothing but the page that asks for
 * the second factor; with the factor it gets a new name, so that one planted before is worth nothing.
 */
import { createHash } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db, Trx } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Officer } from './roles.ts';

const MINUTE_MS = 60_000;
const IDLE_MS = 15 * MINUTE_MS;
const HALF_MS = 5 * MINUTE_MS;
const WHOLE_MS = 8 * 60 * MINUTE_MS;
const TOUCH_MS = MINUTE_MS / 2;
/** For how long a factor that was used counts for acts that ask for it again. */
const FRESH_MS = 5 * MINUTE_MS;

type Random = Deps['random'];

export type OfficerSession = {
  idHash: Buffer;
  officer: Officer;
  /** When a factor was last used; undefined while only the password was right. */
  factorAt: Date | undefined;
  startedAt: Date;
};

/** The password was right: a session that waits for the factor. Returns what the browser keeps. */
export async function beginSession({ trx, now }: Act, random: Random, officerId: string): Promise<string> {
  return insert(trx, random, { officerId, now, factorAt: null, endsAt: new Date(now.getTime() + HALF_MS) });
}

/** The factor was right: the whole session, under a new name. */
export async function completeSession(
  { trx, now }: Act,
  random: Random,
  { idHash, officer }: Pick<OfficerSession, 'idHash' | 'officer'>,
): Promise<string | undefined> {
  const ended = await trx
    .deleteFrom('officer_sessions')
    .where('id_hash', '=', idHash)
    .where('factor_at', 'is', null)
    .returning('id_hash')
    .executeTakeFirst();
  if (!ended) return undefined;
  const endsAt = new Date(now.getTime() + WHOLE_MS);
  return insert(trx, random, { officerId: officer.id, now, factorAt: now, endsAt });
}

async function insert(
  trx: Trx,
  random: Random,
  row: { officerId: string; now: Date; factorAt: Date | null; endsAt: Date },
): Promise<string> {
  const token = random(32).toString('base64url');
  await trx
    .insertInto('officer_sessions')
    .values({
      id_hash: hashToken(token),
      officer_id: row.officerId,
      created_at: row.now,
      last_seen_at: row.now,
      factor_at: row.factorAt,
      expires_at: row.endsAt,
    })
    .execute();
  return token;
}

/** The session a browser's token stands for, if it is in force and its officer may work; unless `quiet`, it was seen alive. */
export async function readSession(
  db: Db,
  token: string,
  now: Date,
  quiet = false,
): Promise<OfficerSession | undefined> {
  const row = await db
    .selectFrom('officer_sessions as s')
    .innerJoin('officers as o', 'o.id', 's.officer_id')
    .select(['s.id_hash', 's.created_at', 's.last_seen_at', 's.factor_at'])
    .select(['o.id', 'o.login', 'o.name', 'o.role', 'o.communes', 'o.status'])
    .where('s.id_hash', '=', hashToken(token))
    .where('s.expires_at', '>', now)
    .where('s.last_seen_at', '>', new Date(now.getTime() - IDLE_MS))
    .where('o.status', '=', 'active')
    .executeTakeFirst();
  if (!row) return undefined;
  if (!quiet && now.getTime() - row.last_seen_at.getTime() > TOUCH_MS) {
    await db
      .updateTable('officer_sessions')
      .set({ last_seen_at: now })
      .where('id_hash', '=', row.id_hash)
      .execute();
  }
  const { id, login, name, role, communes, status } = row;
  return {
    idHash: row.id_hash,
    officer: { id, login, name, role, communes, status } as Officer,
    factorAt: row.factor_at ?? undefined,
    startedAt: row.created_at,
  };
}

/** Whether the factor was used within the last five minutes. */
export function isFresh({ factorAt }: OfficerSession, now: Date): boolean {
  return factorAt !== undefined && now.getTime() - factorAt.getTime() <= FRESH_MS;
}

/** The factor was used again in this session. */
export async function refreshSession({ trx, now }: Act, idHash: Buffer): Promise<void> {
  await trx
    .updateTable('officer_sessions')
    .set({ factor_at: now })
    .where('id_hash', '=', idHash)
    .where('factor_at', 'is not', null)
    .execute();
}

export async function endSession({ trx }: Act, idHash: Buffer): Promise<void> {
  await trx.deleteFrom('officer_sessions').where('id_hash', '=', idHash).execute();
}

/** Ends every session of an officer, or every other one. */
export async function endOfficerSessions({ trx }: Act, officerId: string, except?: Buffer): Promise<void> {
  await trx
    .deleteFrom('officer_sessions')
    .where('officer_id', '=', officerId)
    .$if(except !== undefined, (query) => query.where('id_hash', '!=', except as Buffer))
    .execute();
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
