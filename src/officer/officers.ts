/**
 * Officers: who works in the console, in which role and for which communes, and how that changes. They are no
 * citizens here: they never sign in through Zalo, and nothing of them is in `accounts`.
 *
 * Invariants: nobody changes their own rights; nobody acts on an officer beyond their own communes; a supervisor always
 * remains, for the whole province where there was one. Nobody is deleted: the audit log names officers by id.
 */
import { randomUUID } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db, Trx } from '../db/database.ts';
import type { Officer, Role } from './roles.ts';
import { endOfficerSessions } from './sessions.ts';

/** Who changes something: an officer, or the operator at the command line. */
export type Manager = Officer | 'operator';

export type RightsChange = { officerId: string; role: Role; communes: string[]; by: Manager };
export type ChangeFault = 'not_found' | 'own' | 'out_of_scope' | 'last_supervisor' | 'unknown_commune';

const columns = ['id', 'login', 'name', 'role', 'communes', 'status'] as const;

/** What an officer types to sign in, as it is kept; undefined when it can be none. */
export function normaliseLogin(text: string): string | undefined {
  const login = text.trim().toLowerCase();
  return /^[a-z0-9][a-z0-9._@-]{2,63}$/.test(login) ? login : undefined;
}

export async function findOfficer(db: Db, id: string): Promise<Officer | undefined> {
  const row = await db.selectFrom('officers').select(columns).where('id', '=', id).executeTakeFirst();
  return row as Officer | undefined;
}

export async function findOfficerByLogin(db: Db, login: string): Promise<Officer | undefined> {
  const row = await db.selectFrom('officers').select(columns).where('login', '=', login).executeTakeFirst();
  return row as Officer | undefined;
}

/** One page of officers by login, after the one named. */
export async function listOfficers(db: Db, { after, limit }: { after?: string | undefined; limit: number }) {
  const rows = await db
    .selectFrom('officers')
    .select(columns)
    .$if(after !== undefined, (query) => query.where('login', '>', after as string))
    .orderBy('login')
    .limit(limit)
    .execute();
  return rows as Officer[];
}

export async function listCommunes(db: Db): Promise<{ code: string; name: string }[]> {
  return db.selectFrom('communes').select(['code', 'name']).orderBy('name').limit(1_000).execute();
}

/** Whether one set of communes lies within another; none means all. */
export function covers(own: readonly string[], other: readonly string[]): boolean {
  return own.length === 0 || (other.length > 0 && other.every((code) => own.includes(code)));
}

function mayManage(by: Manager, communes: readonly string[]): boolean {
  return by === 'operator' || covers(by.communes, communes);
}

export function nameOf(by: Manager): string {
  return by === 'operator' ? by : by.id;
}

export type NewOfficer = Pick<Officer, 'login' | 'name' | 'role' | 'communes'> & {
  by: Manager;
  sandbox?: boolean;
};

/** Makes the account, which opens nothing until its invitation was taken up; `id` of the officer, or what is wrong. */
export async function addOfficer(
  { trx, now, record }: Act,
  { login, name, role, communes, by, sandbox = false }: NewOfficer,
): Promise<{ id: string } | { fault: 'login_taken' | 'out_of_scope' | 'unknown_commune' }> {
  if (!mayManage(by, communes)) return { fault: 'out_of_scope' };
  if (!(await areKnown(trx, communes))) return { fault: 'unknown_commune' };
  const id = randomUUID();
  const row = await trx
    .insertInto('officers')
    .values({ id, login, name, role, communes, sandbox, created_at: now, created_by: nameOf(by) })
    .onConflict((conflict) => conflict.column('login').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!row) return { fault: 'login_taken' };
  record({ event: 'officer.added', officer: id, role, communes, actor: nameOf(by) });
  return { id };
}

/** Gives an officer another role or other communes; it counts from the next request on. */
export async function changeRights(act: Act, change: RightsChange): Promise<ChangeFault | undefined> {
  const { trx, record } = act;
  const { officerId, role, communes, by } = change;
  const found = await lockTarget(trx, officerId, by);
  if ('fault' in found) return found.fault;
  const { officer, remaining } = found;
  if (!mayManage(by, communes)) return 'out_of_scope';
  if (!(await areKnown(trx, communes))) return 'unknown_commune';
  const stays = role === 'supervisor' && covers(communes, officer.communes);
  if (!stays && !remaining) return 'last_supervisor';
  await trx.updateTable('officers').set({ role, communes }).where('id', '=', officerId).execute();
  record({ event: 'officer.rights_changed', officer: officerId, role, communes, actor: nameOf(by) });
  return undefined;
}

export type StatusChange = { officerId: string; by: Manager; reason: string };

/** Shuts an officer out at once, on every node: sessions end with it. */
export async function suspendOfficer(act: Act, change: StatusChange): Promise<ChangeFault | undefined> {
  const { officerId, by, reason } = change;
  const found = await lockTarget(act.trx, officerId, by);
  if ('fault' in found) return found.fault;
  if (found.officer.status === 'suspended') return undefined;
  if (!found.remaining) return 'last_supervisor';
  await act.trx.updateTable('officers').set({ status: 'suspended' }).where('id', '=', officerId).execute();
  await endOfficerSessions(act, officerId);
  act.record({ event: 'officer.suspended', officer: officerId, reason, actor: nameOf(by) });
  return undefined;
}

/** Lets an officer in again: as before, or to the invitation that was never taken up. */
export async function reinstateOfficer(act: Act, change: StatusChange): Promise<ChangeFault | undefined> {
  const { trx, record } = act;
  const { officerId, by, reason } = change;
  const found = await lockTarget(trx, officerId, by);
  if ('fault' in found) return found.fault;
  if (found.officer.status !== 'suspended') return undefined;
  const password = await trx
    .selectFrom('officer_credentials')
    .select('id')
    .where('officer_id', '=', officerId)
    .limit(1)
    .executeTakeFirst();
  const status = password ? 'active' : 'invited';
  await trx.updateTable('officers').set({ status }).where('id', '=', officerId).execute();
  record({ event: 'officer.reinstated', officer: officerId, reason, actor: nameOf(by) });
  return undefined;
}

/**
 * The officer an act is about, held, and whether enough supervisors would remain without them. Every supervisor is
 * locked first, in one order: of two who remove each other in the same instant, the second finds the first one gone.
 */
async function lockTarget(
  trx: Trx,
  officerId: string,
  by: Manager,
): Promise<{ fault: ChangeFault } | { officer: Officer; remaining: boolean }> {
  if (by !== 'operator' && by.id === officerId) return { fault: 'own' };
  const supervisors = await trx
    .selectFrom('officers')
    .select(columns)
    .where('role', '=', 'supervisor')
    .where('status', '=', 'active')
    .orderBy('id')
    .forUpdate()
    .execute();
  const row = await trx
    .selectFrom('officers')
    .select(columns)
    .where('id', '=', officerId)
    .forUpdate()
    .executeTakeFirst();
  if (!row) return { fault: 'not_found' };
  const officer = row as Officer;
  if (!mayManage(by, officer.communes)) return { fault: 'out_of_scope' };
  // The act may have waited for one that took the actor's own rights away.
  if (by !== 'operator' && !supervisors.some(({ id }) => id === by.id)) return { fault: 'out_of_scope' };
  const counts = supervisors.some(({ id }) => id === officerId);
  const others = supervisors.filter(({ id }) => id !== officerId);
  const remaining = !counts || others.some(({ communes }) => covers(communes, officer.communes));
  return { officer, remaining };
}

async function areKnown(trx: Trx, communes: readonly string[]): Promise<boolean> {
  if (communes.length === 0) return true;
  const rows = await trx.selectFrom('communes').select('code').where('code', 'in', communes).execute();
  return rows.length === new Set(communes).size;
}
