/**
 * What one request to the provider has read and means to write. Reads bring along what the provider asks for next; writes
 * wait for the end of the request, where those of one artefact have become one and all go together. The answer is sent
 * when they are on disk, so nobody is told of what could still be lost.
 *
 * Invariant: what decides between two requests is decided in the database. A code or a refresh token is consumed by the
 * very statement that writes what was got for it; a grant that is revoked never waits here.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Middleware } from 'koa';
import Provider, { type AdapterPayload } from 'oidc-provider';
import errorHandler from 'oidc-provider/lib/shared/error_handler.js';
import type { AccountState } from '../account/accounts.ts';
import type { Context, Handler } from '../http/state.ts';
import type { ArtefactRow, Named, Work } from './artefacts.ts';

/** A row as it is kept. */
export type Row = { id_hash: Buffer; payload: Buffer; consumed_at: Date | null };
/** `payload` as text: the provider goes on to change what it is given. Undefined: the artefact has ended. */
export type Waiting = {
  payload: string | undefined;
  uidHash: string | undefined;
  /** Nothing of an artefact that is taken. */
  row?: () => ArtefactRow;
};
/**
 * What the request wants to consume; `lost`: somebody was faster. It throws, unless the request may go on without. `left`:
 * what stands in its place (artefacts: Take), asked for when the answer is made.
 */
type Taking = { artefact: Named; lost: () => Promise<void>; left?: () => Buffer };

export type Memory = {
  /** By `contextOf`, and of sessions by `uid/…` as well. */
  rows: Map<string, Row>;
  accounts: Map<string, AccountState>;
  /** An account that this request has made: nothing hangs from it yet. */
  newcomer?: string;
  /** What Zalo said of an account, sealed. */
  profiles: Map<string, Buffer>;
  /** Sessions as the request found them. */
  loaded: Map<string, { content: string; exp: number }>;
  /** Undefined: writes do not wait, since nobody would send them. */
  waiting: Map<string, Waiting> | undefined;
  taking?: Taking | undefined;
  /** Where what waits is sent. */
  commit?: (work: Work) => Promise<boolean>;
};

/** On the request's own object: what hangs from it in a WeakMap outlives it by every young collection. */
const MEMORY = Symbol('memory');

/** A request, as far as the adapter reads it; `oidc` once the provider has it. */
export type ProviderContext = Pick<Context, 'cookies' | 'query' | 'originalUrl' | 'status' | 'response'> & {
  [MEMORY]?: Memory;
  state?: { goesOn?: string };
  oidc?: {
    route?: string;
    client?: { clientId: string } | undefined;
    session?: { id: string; accountId?: string | undefined };
    entities?: { AuthorizationCode?: { jti: string }; Interaction?: { uid: string } };
  };
};

/**
 * Requests of our own pages, which the provider does not know of. Held by a hand that lets go when the request is over: a
 * timer that was set on the way keeps what it was set in for as long as it runs.
 */
const ours = new AsyncLocalStorage<{ ctx: ProviderContext | undefined }>();

/** The request that is being answered; the provider's types leave its getter out. */
export function requestContext(): ProviderContext | undefined {
  return (Provider as unknown as { ctx?: ProviderContext }).ctx ?? ours.getStore()?.ctx;
}

export function requestMemory(): Memory | undefined {
  const ctx = requestContext();
  return ctx && memoryOf(ctx);
}

function memoryOf(ctx: { [MEMORY]?: Memory }): Memory {
  ctx[MEMORY] ??= {
    rows: new Map(),
    accounts: new Map(),
    profiles: new Map(),
    loaded: new Map(),
    waiting: undefined,
  };
  return ctx[MEMORY];
}

/** An account that was read in this request. */
export function rememberedAccount(id: string): AccountState | undefined {
  return requestMemory()?.accounts.get(id);
}

/** What Zalo said of an account, as it was read in this request. */
export function rememberedProfile(id: string): Buffer | undefined {
  return requestMemory()?.profiles.get(id);
}

/** An account that was made in this request, and what it is then. */
export function rememberNewcomer(state: AccountState): void {
  const memory = requestMemory();
  if (!memory) return;
  memory.newcomer = state.id;
  memory.accounts.set(state.id, state);
}

export function isNewcomer(id: string): boolean {
  return requestMemory()?.newcomer === id;
}

/** What this request has done may have changed what an account is. */
export function forgetAccounts(): void {
  requestMemory()?.accounts.clear();
}

/**
 * The same around the steps of a sign-in, which read and write the provider's artefacts on our own pages. When a step has
 * ended, the provider goes on with this very request, and with what it is to write.
 */
export function writeStepsTogether(): Handler {
  const together = writeTogether(({ state }) => state?.goesOn === undefined);
  return (ctx, next) => {
    const held: { ctx: ProviderContext | undefined } = { ctx };
    return ours
      .run(held, () => together(ctx as never, next))
      .finally(() => {
        held.ctx = undefined;
      });
  };
}

/** Around the provider's endpoints: lets writes wait for the end of the request, and sends them when it is over. */
export function writeTogether(isOver: (ctx: ProviderContext) => boolean = () => true): Middleware {
  const answerClient = errorHandler('grant.error');
  return async (ctx, next) => {
    const memory = memoryOf(ctx as ProviderContext);
    memory.waiting ??= new Map();
    try {
      await next();
    } finally {
      // What was to be answered rests on what could not be written: no code and no way back may leave, and no cookie of a
      // session that is not there, in the place of one that is.
      const writing = isOver(ctx as ProviderContext) ? writeWaiting(memory) : Promise.resolve();
      await writing.catch((error) => {
        ctx.remove('Location');
        ctx.remove('Set-Cookie');
        ctx.body = null;
        // A program asked; a person is shown a page.
        if ((ctx as ProviderContext).oidc?.route !== 'token') throw error;
        return answerClient(ctx, () => Promise.reject(error));
      });
    }
  };
}

/** Before what must find everything written. */
export async function writeWaiting(memory: Memory | undefined): Promise<void> {
  if (!memory?.commit || !memory.waiting || (memory.waiting.size === 0 && !memory.taking)) return;
  const { taking, commit } = memory;
  const rows = [...memory.waiting.values()].flatMap(({ row }) => row?.() ?? []);
  memory.waiting.clear();
  memory.taking = undefined;
  const left = taking?.left?.();
  if (await commit({ rows, ...(taking ? { take: { ...taking.artefact, ...(left ? { left } : {}) } } : {}) }))
    return;
  await taking?.lost();
  await commit({ rows });
}

/** What waits to be written of an artefact: its payload, `ended`, or undefined when nothing waits. */
export function waitingPayload(
  memory: Memory | undefined,
  isMeant: (context: string, waiting: Waiting) => boolean,
): AdapterPayload | 'ended' | undefined {
  for (const [context, waiting] of memory?.waiting ?? []) {
    if (isMeant(context, waiting))
      return waiting.payload === undefined ? 'ended' : JSON.parse(waiting.payload);
  }
  return undefined;
}
