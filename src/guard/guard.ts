/**
 * The guard of a provincial service: which token came, what it is worth, and whether that is enough (decide.ts).
 * Invariant: everything that is not clearly enough is refused; what cannot be known is a GuardError.
 */
import { AnswerCache } from './cache.ts';
import { type Asker, asDpop, type Decision, decide, type Requirement } from './decide.ts';
import { discoverLazily, type Endpoints } from './discovery.ts';
import { ProofChecker } from './dpop.ts';
import { GuardError } from './errors.ts';
import { introspect } from './introspect.ts';
import { looksLikeJwt, openKeys, verifyJwt } from './jwt.ts';
import { type Certificate, isCertificate } from './mtls.ts';
import { INACTIVE, type Inactive, type Principal } from './principal.ts';

export type GuardOptions = {
  issuer: string;
  /** This service's own name at the provider: what `aud` of every token must hold. */
  resource: string;
  /** The service's credentials for introspection. Without them only JWT access tokens can be taken. */
  clientId?: string;
  clientSecret?: string;
  /**
   * What to do with a JWT access token: `introspect` (what is true now; the default where there are credentials) or
   * `verify` (what was true when it was issued, without asking the provider).
   */
  jwt?: 'introspect' | 'verify';
  /** Keeps answers for so many seconds, at most 5; 0, the default, asks at every request. */
  cacheSeconds?: number;
  /**
   * The header in which this service's own TLS proxy hands on the client's certificate (RFC 9440 `client-cert`, or PEM with
   * percent escapes). The proxy must take it off requests that bring it along. Without it `request.certificate` counts.
   */
  certificateHeader?: string;
  /** Instead of discovery. */
  introspectionEndpoint?: string;
  jwksUri?: string;
  /** Milliseconds; 5000 unless told. */
  timeout?: number;
  fetch?: typeof globalThis.fetch;
  clock?: () => Date;
};

export type GuardHeaders =
  | Headers
  | {
      authorization?: string | undefined;
      dpop?: string | string[] | undefined;
      [name: string]: string | string[] | undefined;
    };

export type GuardRequest = {
  headers: GuardHeaders;
  /** Both are needed for tokens bound to a key: the proof is about this very request. `url` is absolute. */
  method?: string;
  url?: string;
  /** The client's certificate as TLS proved it, where there is one: `socket.getPeerCertificate().raw`. */
  certificate?: Certificate;
};

export type Guard = {
  /** Reads the token off the Authorization header and finds out what it is worth. Throws GuardError. */
  authenticate: (request: GuardRequest) => Promise<Asker>;
  /** `authenticate` and `decide` in one. Throws GuardError. */
  check: (request: GuardRequest, requirement: Requirement) => Promise<Decision>;
};

export function createGuard(options: GuardOptions): Guard {
  const { clock = systemClock } = options;
  const examine = createExaminer(options);
  const cache = new AnswerCache(options.cacheSeconds ?? 0);
  const proofs = new ProofChecker();

  const authenticate = async (request: GuardRequest): Promise<Asker> => {
    const presented = readToken(request.headers);
    if (presented === undefined) return undefined;
    const { scheme, token } = presented;
    // What cannot be a token is not sent to the provider.
    if (token === '') return INACTIVE;
    const now = clock();
    const seconds = now.getTime() / 1000;
    let answer = cache.get(token, seconds);
    if (!answer) {
      answer = await examine(token, now);
      cache.set(token, answer, seconds);
    }
    if (!answer.active) return answer;
    // A bound token may not pass as a bearer token, nor the other way round (RFC 9449 §7.1, §7.2).
    if (answer.jkt === undefined && scheme !== 'bearer') return INACTIVE;
    if (answer.x5t !== undefined) {
      return isCertificate(certificateOf(request, options), answer.x5t) ? answer : INACTIVE;
    }
    if (answer.jkt === undefined) return answer;
    if (scheme !== 'dpop') return INACTIVE;
    const { method = '', url = '' } = request;
    const proven = await proofs.accepts(
      { method, url, proof: readProof(request.headers) },
      token,
      answer.jkt,
      now,
    );
    return proven ? answer : INACTIVE;
  };
  const check = async (request: GuardRequest, requirement: Requirement): Promise<Decision> => {
    const decision = decide(await authenticate(request), requirement, clock());
    return decision.allowed || !isDpop(request.headers) ? decision : asDpop(decision);
  };
  return { authenticate, check };
}

/** Finds out what a token is worth, by asking or by verifying. */
function createExaminer(options: GuardOptions): (token: string, now: Date) => Promise<Principal | Inactive> {
  const { issuer, resource, clientId, clientSecret, timeout = 5000 } = options;
  const fetch = options.fetch ?? systemFetch;
  const credentials = clientId && clientSecret ? { clientId, clientSecret } : undefined;
  if (!credentials && options.jwt === 'introspect')
    throw new TypeError('introspection needs clientId and clientSecret');
  const discovered = discoverLazily({ issuer, fetch, timeout });
  const given: Endpoints = {
    ...(options.introspectionEndpoint ? { introspectionEndpoint: options.introspectionEndpoint } : {}),
    ...(options.jwksUri ? { keys: openKeys(options.jwksUri, fetch, timeout) } : {}),
  };
  const verifies = options.jwt === 'verify' || !credentials;
  return async (token, now) => {
    if (verifies && looksLikeJwt(token)) {
      const keys = given.keys ?? need((await discovered()).keys);
      return verifyJwt(token, keys, { issuer, resource }, now);
    }
    if (!credentials) return INACTIVE;
    const introspectionEndpoint =
      given.introspectionEndpoint ?? need((await discovered()).introspectionEndpoint);
    const asked = { ...credentials, introspectionEndpoint, issuer, resource, fetch, timeout };
    return introspect(asked, token, now.getTime() / 1000);
  };
}

/** What the discovery document should have named. */
function need<T>(endpoint: T | undefined): T {
  if (endpoint === undefined) throw new GuardError('provider_unavailable');
  return endpoint;
}

// A service brings its own only in tests; everybody else means the real ones.
const systemFetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);
const systemClock = () => new Date();

/**
 * The token of the Authorization header (RFC 6750 section 2.1, RFC 9449 section 7.1), the only place it is taken from:
 * never a query string, which ends in logs. Undefined: none came. Empty: what came cannot be a token.
 */
function readToken(headers: GuardHeaders): { scheme: string; token: string } | undefined {
  const header = readHeader(headers, 'authorization');
  const [, name, rest] = /^([^ ]+) *(.*)$/.exec(header ?? '') ?? [];
  const scheme = name?.toLowerCase();
  if (scheme !== 'bearer' && scheme !== 'dpop') return undefined;
  const token = rest !== undefined && rest.length <= 8192 && /^[A-Za-z0-9\-._~+/]+=*$/.test(rest) ? rest : '';
  return { scheme, token };
}

function isDpop(headers: GuardHeaders): boolean {
  return readToken(headers)?.scheme === 'dpop';
}

/** Exactly one DPoP header (RFC 9449 §4.3 point 1); several arrive joined by a comma, which no proof contains. */
function readProof(headers: GuardHeaders): string | undefined {
  return readHeader(headers, 'dpop');
}

function certificateOf({ headers, certificate }: GuardRequest, { certificateHeader }: GuardOptions) {
  return certificateHeader ? readHeader(headers, certificateHeader.toLowerCase()) : certificate;
}

function readHeader(headers: GuardHeaders, name: string): string | undefined {
  const header = headers instanceof Headers ? (headers.get(name) ?? undefined) : headers[name];
  return typeof header === 'string' ? header : undefined;
}
