/**
 * Who asks, at the endpoints that we answer before the provider does. What is plain (a secret by Basic or in the form,
 * RFC 6749 §2.3.1) is checked here; everything else, and everything that is wrong, is left to the provider, so that
 * each way of authentication and each error has one home.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type ParsedUrlQuery, parse } from 'node:querystring';
import type { Context, Middleware, Next } from 'koa';
import type { AdapterPayload, KoaContextWithOIDC } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { namesUs } from '../http/host.ts';
import type { Registry } from '../registry/registry.ts';

/** A client or service that proved who it is. */
export type Caller = { id: string; metadata: AdapterPayload };

const LIMIT = 56 * 1024; // the provider's own
const FORM = 'application/x-www-form-urlencoded';
/** Stands for the token while the provider authenticates a caller for us: it is nobody's, and is looked for nowhere. */
export const NO_TOKEN = '-';

/**
 * Answers POST `path` by `answer`, which is told a caller that is authenticated and one token. Whoever cannot be is
 * answered by the provider.
 */
export function answerCallers(
  { deps: { config, log }, registry }: { deps: Pick<Deps, 'config' | 'log'>; registry: Registry },
  { path, takes }: { path: string; takes: (token: string) => boolean },
  tell: (ctx: Context, caller: Caller, token: string) => Promise<void>,
): Middleware {
  const isOurs = namesUs(config);
  const answer = async (ctx: Context, caller: Caller, token: string) => {
    try {
      ctx.status = 200;
      ctx.set('Cache-Control', 'no-store');
      await tell(ctx, caller, token);
    } catch (error) {
      const { name, message, stack } = error as Error;
      log.error({ request: ctx.state.requestId, error: { name, message, stack } }, 'internal error');
      ctx.status = 500;
      ctx.body = { error: 'server_error' };
    }
  };
  const take = async (ctx: Context, next: Next) => {
    const { body, form, token } = await readCall(ctx.req);
    if (token === undefined || !takes(token)) {
      offerAgain(ctx.req, body);
      return next();
    }
    // What comes from a browser's script needs the provider's answer to Origin, too.
    const caller = ctx.headers.origin === undefined ? authenticate(ctx.headers, form, registry) : undefined;
    if (caller) return answer(ctx, caller, token);
    const id = await askProvider(ctx, next, form);
    const metadata = id === undefined ? undefined : registry.clientMetadata(id);
    if (id !== undefined && metadata) await answer(ctx, { id, metadata }, token);
  };
  return (ctx, next) => {
    const isMeant = ctx.method === 'POST' && isAt(ctx.path, path) && isForm(ctx) && isOurs(ctx);
    return isMeant ? take(ctx, next) : next();
  };
}

/** The id of the client that the provider authenticated; undefined when it has answered with an error. */
async function askProvider(ctx: Context, next: Next, form: ParsedUrlQuery): Promise<string | undefined> {
  const fields = Object.entries({ ...form, token: NO_TOKEN });
  const pairs = fields.flatMap(([name, value]) => [value].flat().map((one) => [name, one ?? '']));
  offerAgain(ctx.req, Buffer.from(new URLSearchParams(pairs).toString()));
  await next();
  const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
  return ctx.status === 200 ? oidc?.client?.clientId : undefined;
}

/** The provider's router takes capitals and a slash at the end for the same address: what it takes must not pass us by. */
function isAt(asked: string, path: string): boolean {
  return asked === path || asked.toLowerCase().replace(/\/$/, '') === path;
}

export function isForm({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['content-type']?.toLowerCase().startsWith(FORM) ?? false;
}

export type Call = {
  /** Undefined: it is more than anybody has to say, or broke off. */
  body: Buffer | undefined;
  form: ParsedUrlQuery;
  /** The one token it is about, if it is about one. */
  token: string | undefined;
};

export async function readCall(request: IncomingMessage): Promise<Call> {
  const body = offered.has(request) ? offered.get(request) : await readBody(request);
  const form = parse(body?.toString() ?? '');
  return { body, form, token: typeof form.token === 'string' && form.token !== '' ? form.token : undefined };
}

/** Bodies that were read and not used. */
const offered = new WeakMap<IncomingMessage, Buffer | undefined>();

function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((settle) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LIMIT) chunks.push(chunk);
    });
    request.on('end', () => settle(length > LIMIT ? undefined : Buffer.concat(chunks)));
    request.on('error', () => settle(undefined));
    request.on('close', () => settle(undefined));
  });
}

/** Lets the provider read the body as if nobody had; one that could not be read it refuses by its length. */
export function offerAgain(request: IncomingMessage, body: Buffer | undefined): void {
  offered.set(request, body);
  request.headers['content-length'] = String(body?.length ?? LIMIT + 1);
  delete request.headers['transfer-encoding'];
  Object.defineProperties(request, {
    readable: { value: true, configurable: true },
    iterator: {
      configurable: true,
      value: async function* again() {
        if (body) yield body;
      },
    },
  });
}

/** Who shows a good secret in a plain way; undefined: the provider must say. */
export function authenticate(
  headers: IncomingHttpHeaders,
  form: ParsedUrlQuery,
  registry: Registry,
): Caller | undefined {
  const given = readSecret(headers, form);
  const metadata = given && registry.clientMetadata(given.id);
  if (!given || !metadata || !isSecretClient(metadata)) return undefined;
  const kept = secretOf(metadata);
  const shown = hash('sha256', given.secret, 'buffer');
  return kept.length === shown.length && timingSafeEqual(kept, shown)
    ? { id: given.id, metadata }
    : undefined;
}

/** The hash of a caller's secret, made ready once for as long as the registry is not read anew. */
function secretOf(metadata: AdapterPayload): Buffer {
  const kept = secrets.get(metadata);
  if (kept) return kept;
  const made = Buffer.from(metadata.client_secret ?? '', 'base64url');
  secrets.set(metadata, made);
  return made;
}
const secrets = new WeakMap<AdapterPayload, Buffer>();

function isSecretClient({
  token_endpoint_auth_method: method,
  client_secret_expires_at: end,
}: AdapterPayload) {
  return (method === 'client_secret_basic' || method === 'client_secret_post') && !end;
}

type Given = { id: string; secret: string };

function readSecret(headers: IncomingHttpHeaders, form: ParsedUrlQuery): Given | undefined {
  const { client_id: id, client_secret: secret, client_assertion: assertion } = form;
  if (assertion !== undefined) return undefined;
  if (headers.authorization === undefined)
    return typeof id === 'string' && typeof secret === 'string' && id && secret ? { id, secret } : undefined;
  const basic = secret === undefined ? readBasic(headers.authorization) : undefined;
  return id === undefined || id === basic?.id ? basic : undefined;
}

function readBasic(header: string): Given | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  const [, id, secret] = /^([^:]+):(.+)$/.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  if (!id || !secret) return undefined;
  try {
    return { id: decodePart(id), secret: decodePart(secret) };
  } catch {
    return undefined;
  }
}

/** Both parts are form-encoded before they are joined (RFC 6749 §2.3.1). */
function decodePart(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
