/**
 * Steps out of a Mini App onto our pages and back. The app asks with its access token and gets two things: a handle,
 * in an address that opens our page (once, within a minute), and an id, which it keeps and exchanges when the citizen is
 * done. Neither is a token, and neither is enough: the handle opens level1 at most, the id is worth nothing before the
 * citizen has proved level2 on our page.
 *
 * A handle is a way to be signed in as somebody else without noticing (login CSRF): who opens it verifies for the account
 * of whoever made it. So it signs in only after a click on a page that names the account, and only where the Mini App
 * itself is (the same network address); anywhere else the same account has to sign in at Zalo.
 */
import { createHash } from 'node:crypto';
import { errors } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import type { Level } from '../guard/levels.ts';
import { addressOf } from '../http/rate-limit.ts';
import type { Exchange, Subject } from '../oidc/token-exchange.ts';

export const MINI_APP_STEP = 'urn:tayninh:params:oauth:token-type:mini-app-step';
export const HANDLE_SECONDS = 60;
export const STEP_SECONDS = 30 * 60;

export type StepPage = 'step_up' | 'account';

/** What the step is for; sealed. */
type Kept = {
  scopes: string[];
  resource?: string;
  /** Of the sign-in in the Mini App, seconds since 1970. */
  authTime: number;
  /** Keyed hash of the network address that asked. */
  network: string;
  /** The key that the app's token is bound to; what comes of the step is bound to it, too. */
  jkt?: string;
};

/** What came of it; sealed in the place of the above. */
export type Proved = {
  acr: Level;
  amr: string[];
  authTime: number;
  grantId: string;
  sessionUid: string;
  scopes: string[];
  resource?: string;
};

export type Step = {
  idHash: Buffer;
  accountId: string;
  clientId: string;
  page: StepPage;
  kept: Kept;
};

type NewStep = Omit<Kept, 'network'> & {
  accountId: string;
  clientId: string;
  page: StepPage;
  address: string;
};

/** Makes a step. Of one account and app one handle lives at a time: an earlier one that nobody opened is over. */
export async function createStep(
  { db, clock, random, keyring }: Deps,
  { accountId, clientId, page, address, ...kept }: NewStep,
): Promise<{ id: string; handle: string }> {
  const [id, handle] = [random(32).toString('base64url'), random(32).toString('base64url')];
  const idHash = sha256(id);
  const now = clock().getTime();
  await db
    .deleteFrom('mini_app_steps')
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .where('status', '=', 'new')
    .execute();
  await db
    .insertInto('mini_app_steps')
    .values({
      id_hash: idHash,
      handle_hash: sha256(handle),
      account_id: accountId,
      client_id: clientId,
      page,
      status: 'new',
      sealed: seal(keyring, idHash, { ...kept, network: networkOf(keyring, address) }),
      created_at: new Date(now),
      handle_expires_at: new Date(now + HANDLE_SECONDS * 1000),
      expires_at: new Date(now + STEP_SECONDS * 1000),
    })
    .execute();
  return { id, handle };
}

/** The step a handle opens, while it may. */
export async function findByHandle(deps: Deps, handle: string): Promise<Step | undefined> {
  const row = await deps.db
    .selectFrom('mini_app_steps')
    .selectAll()
    .where('handle_hash', '=', sha256(handle))
    .where('status', '=', 'new')
    .where('handle_expires_at', '>', deps.clock())
    .executeTakeFirst();
  return row && toStep(deps.keyring, row);
}

export type Opening = { browserHash: Buffer; address: string };

/** Uses up the handle for this browser; returns the `state` by which it comes back, or undefined when it was used. */
export async function openStep(deps: Deps, step: Step, { browserHash, address }: Opening) {
  const state = deps.random(32).toString('base64url');
  const opened = await deps.db
    .updateTable('mini_app_steps')
    .set({
      status: 'opened',
      state_hash: sha256(state),
      browser_hash: browserHash,
      may_sign_in: step.kept.network === networkOf(deps.keyring, address),
    })
    .where('id_hash', '=', step.idHash)
    .where('status', '=', 'new')
    .where('handle_expires_at', '>', deps.clock())
    .returning('id_hash')
    .executeTakeFirst();
  return opened && state;
}

/** Takes the right to be signed in by the handle: once, in the browser that opened it. */
export async function takeSignIn(
  deps: Deps,
  { state, browserHash }: { state: string; browserHash: Buffer },
): Promise<Step | undefined> {
  const row = await deps.db
    .updateTable('mini_app_steps')
    .set({ may_sign_in: false })
    .where('state_hash', '=', sha256(state))
    .where('browser_hash', '=', browserHash)
    .where('status', '=', 'opened')
    .where('may_sign_in', '=', true)
    .where('expires_at', '>', deps.clock())
    .returningAll()
    .executeTakeFirst();
  return row && toStep(deps.keyring, row);
}

export type Returned = { step: Step; first: boolean; status: string };

/** The step that comes back with this `state` in this browser; `first`: it is the caller's to end. */
export async function takeReturn(
  deps: Deps,
  { state, browserHash }: { state: string; browserHash: Buffer },
): Promise<Returned | undefined> {
  const now = deps.clock();
  const first = await deps.db
    .updateTable('mini_app_steps')
    .set({ returned_at: now })
    .where('state_hash', '=', sha256(state))
    .where('browser_hash', '=', browserHash)
    .where('status', '=', 'opened')
    .where('returned_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst();
  if (first) return { step: toStep(deps.keyring, first), first: true, status: first.status };
  // Back or Reload: it is shown again how it ended.
  const ended = await deps.db
    .selectFrom('mini_app_steps')
    .selectAll()
    .where('state_hash', '=', sha256(state))
    .where('browser_hash', '=', browserHash)
    .where('status', 'in', ['done', 'used', 'denied'])
    .executeTakeFirst();
  return ended && { step: toStep(deps.keyring, ended), first: false, status: ended.status };
}

/** Ends a step: with what was proved, or without. False when it had ended. */
export async function finishStep(
  { db, keyring }: Deps,
  step: Step,
  end: { status: 'done'; proved: Proved } | { status: 'denied' | 'used' },
): Promise<boolean> {
  const done = await db
    .updateTable('mini_app_steps')
    .set({
      status: end.status,
      may_sign_in: false,
      ...(end.status === 'done'
        ? { sealed: seal(keyring, step.idHash, { ...step.kept, ...end.proved }) }
        : {}),
    })
    .where('id_hash', '=', step.idHash)
    .where('status', 'in', ['new', 'opened'])
    .returning('id_hash')
    .executeTakeFirst();
  return done !== undefined;
}

/** Reads the id of a step as the subject of a token exchange: level2, once, for the app that began it. */
export function readStepSubject(deps: Deps): (exchange: Exchange) => Promise<Subject> {
  return async ({ token, clientId, jkt }) => {
    const row = await deps.db
      .selectFrom('mini_app_steps')
      .selectAll()
      .where('id_hash', '=', sha256(token))
      .where('client_id', '=', clientId)
      .executeTakeFirst();
    if (!row) throw new errors.InvalidRequest('this step is not known');
    if (row.expires_at <= deps.clock()) throw new errors.ExpiredToken('the step took too long');
    if (row.status === 'denied') throw new errors.AccessDenied('the citizen did not go through');
    if (row.status === 'new' || row.status === 'opened') throw new errors.AuthorizationPending();
    const { proved, kept } = openProved(deps, row);
    if (!proved || row.status !== 'done') throw new errors.InvalidRequest('this step was used');
    if (kept.jkt !== undefined && kept.jkt !== jkt)
      throw new errors.InvalidRequest('this step belongs to another key');
    const taken = await deps.db
      .updateTable('mini_app_steps')
      .set({ status: 'used' })
      .where('id_hash', '=', row.id_hash)
      .where('status', '=', 'done')
      .returning('id_hash')
      .executeTakeFirst();
    if (!taken) throw new errors.InvalidRequest('this step was used');
    return { ...proved, accountId: row.account_id, services: [] };
  };
}

function openProved({ keyring }: Deps, row: { id_hash: Buffer; sealed: Buffer }) {
  const kept = open(keyring, row.id_hash, row.sealed) as Kept & Partial<Proved>;
  return { kept, proved: kept.grantId ? (kept as Kept & Proved) : undefined };
}

type Row = { id_hash: Buffer; account_id: string; client_id: string; page: string; sealed: Buffer };

function toStep(keyring: Deps['keyring'], row: Row): Step {
  return {
    idHash: row.id_hash,
    accountId: row.account_id,
    clientId: row.client_id,
    page: row.page as StepPage,
    kept: open(keyring, row.id_hash, row.sealed) as Kept,
  };
}

function seal(keyring: Deps['keyring'], idHash: Buffer, kept: Kept): Buffer {
  return keyring.seal('login', `mini-app/${idHash.toString('hex')}`, JSON.stringify(kept));
}

function open(keyring: Deps['keyring'], idHash: Buffer, sealed: Buffer): unknown {
  return JSON.parse(keyring.open('login', `mini-app/${idHash.toString('hex')}`, sealed).toString());
}

/** One house or one phone (http/rate-limit); not to be read. */
function networkOf(keyring: Deps['keyring'], ip: string): string {
  return keyring.index('login', `network/${addressOf(ip)}`).toString('base64url');
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
