/**
 * What one request to the provider has read and means to write. Reads bring along what the provider asks for next; writes
 * wait for the end of the request, where those of one artefact have become one and all go together. The answer is sent
 * when they are on disk, so nobody is told of what could still be lost.
 *
 * Invariant: what decides between two requests (a code that is consumed, a grant that is revoked) never waits here.
 */
import type { Middleware } from 'koa';
import Provider, { type AdapterPayload } from 'oidc-provider';
import type { AccountState } from '../account/accounts.ts';
import type { Context } from '../http/state.ts';

/** A row as it is kept. */
export type Row = { id_hash: Buffer; payload: Buffer; consumed_at: Date | null };
/** `payload` as text: the provider goes on to change what it is given. Undefined: the artefact has ended. */
type Waiting = { payload: string | undefined; uidHash: string | undefined; write: () => Promise<void> };

export type Memory = {
  /** By `contextOf`, and of sessions by `uid/…` as well. */
  rows: Map<string, Row>;
  accounts: Map<string, AccountState>;
  /** Sessions as the request found them. */
  loaded: Map<string, { content: string; exp: number }>;
  /** Undefined: writes do not wait, since nobody would send them. */
  waiting: Map<string, Waiting> | undefined;
};

const memories = new WeakMap<object, Memory>();

type ProviderContext = Pick<Context, 'cookies' | 'query'> & {
  oidc?: { route?: string; client?: { clientId: string } | undefined };
};

/** The request the provider is answering; its types leave the getter out. */
export function requestContext(): ProviderContext | undefined {
  return (Provider as unknown as { ctx?: ProviderContext }).ctx;
}

export function requestMemory(): Memory | undefined {
  const ctx = requestContext();
  return ctx && memoryOf(ctx);
}

function memoryOf(ctx: object): Memory {
  const known = memories.get(ctx);
  if (known) return known;
  const memory = { rows: new Map(), accounts: new Map(), loaded: new Map(), waiting: undefined };
  memories.set(ctx, memory);
  return memory;
}

/** An account that was read in this request. */
export function rememberedAccount(id: string): AccountState | undefined {
  return requestMemory()?.accounts.get(id);
}

/** Around the provider's endpoints: lets writes wait for the end of the request, and sends them. */
export function writeTogether(): Middleware {
  return async (ctx, next) => {
    const memory = memoryOf(ctx);
    memory.waiting = new Map();
    try {
      await next();
    } finally {
      // What was to be answered rests on what could not be written: no code and no way back may leave.
      await writeWaiting(memory).catch((error) => {
        ctx.remove('Location');
        ctx.body = null;
        throw error;
      });
    }
  };
}

/** Before what must find everything written. */
export async function writeWaiting(memory: Memory | undefined): Promise<void> {
  if (!memory?.waiting?.size) return;
  const waiting = [...memory.waiting.values()];
  memory.waiting.clear();
  // Ends first: a session that is renamed keeps its uid, and there is one of each.
  await Promise.all(waiting.filter(({ payload }) => payload === undefined).map(({ write }) => write()));
  await Promise.all(waiting.filter(({ payload }) => payload !== undefined).map(({ write }) => write()));
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
