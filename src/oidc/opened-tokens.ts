/**
 * What introspection tells of a token, without what it is worth now, of the tokens that are asked about most: a service
 * asks about one again and again, and to open what is sealed costs more than the rest of an answer.
 *
 * Invariant: nothing here says whether a token counts. What is kept is kept under the seal it had, and stands for what
 * is stored only when the database has found that very seal in the token's row, at every question (live-tokens).
 */
import type { AdapterPayload } from 'oidc-provider';

export type TokenKind = 'AccessToken' | 'ClientCredentials' | 'RefreshToken';

/** What is sealed in a token's row; the provider's own names. */
export type TokenPayload = AdapterPayload & { clientId: string; exp: number; iat: number; aud?: string };

/** Said in the same words by many tokens, and kept once for all of them. */
type Terms = {
  readonly kind: TokenKind;
  readonly clientId: string;
  readonly aud: string | undefined;
  readonly scope: string | undefined;
  /** How the citizen had proved who they are. */
  readonly acr: unknown;
  readonly amr: unknown;
  readonly endsWithSession: boolean;
};

/** The key that whoever presents the token must show (RFC 9449 §6.2, RFC 8705 §3.2). */
type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string };

export type OpenedToken = {
  terms: Terms;
  readonly exp: number;
  readonly iat: number;
  readonly authTime: unknown;
  readonly accountId: string | undefined;
  /** Between the provider and the app it was given to. */
  readonly sid: string | undefined;
  readonly cnf: Confirmation | undefined;
  /** The end of what it was sealed in (AES-GCM's tag), in latin1: it tells one sealing from every other. */
  readonly seal: string;
  /** Whether it was asked about since the hand last came by. */
  asked: boolean;
  /** Who the citizen is to whoever asked last, and the sector of those. */
  sub: string | undefined;
  sector: string | undefined;
};

const SEAL = 16;
/** Some 20 MiB. */
const MOST_TOKENS = 65_536;
const MOST_TERMS = 4_096;
/** So many that were asked about are passed over for one that leaves. */
const MOST_PASSED = 16;

export class OpenedTokens {
  readonly #most: number;
  readonly #kept = new Map<string, OpenedToken>();
  readonly #terms = new Map<string, Terms>();
  /** Goes round as the hand of a clock. To look for the oldest from the start would walk over the gaps of all that left. */
  #hand = this.#kept.entries();

  constructor(most = MOST_TOKENS) {
    this.#most = most;
  }

  find(idHash: string): OpenedToken | undefined {
    const kept = this.#kept.get(idHash);
    if (kept) kept.asked = true;
    return kept;
  }

  /** Keeps what is sealed in a row that was just read. */
  keep(idHash: string, kind: TokenKind, payload: TokenPayload, sealed: Buffer): OpenedToken {
    if (this.#kept.size >= this.#most && !this.#kept.has(idHash)) this.#makeRoom();
    const token = readToken(kind, payload, sealed.toString('latin1', sealed.length - SEAL));
    token.terms = this.#share(token.terms);
    this.#kept.set(idHash, token);
    return token;
  }

  #share(terms: Terms): Terms {
    const words = JSON.stringify(terms);
    const shared = this.#terms.get(words);
    if (shared) return shared;
    if (this.#terms.size >= MOST_TERMS) this.#terms.clear();
    this.#terms.set(words, terms);
    return terms;
  }

  #makeRoom(): void {
    for (let passed = 0; ; ) {
      const { value, done } = this.#hand.next();
      if (done) this.#hand = this.#kept.entries();
      else if (value[1].asked && passed < MOST_PASSED) {
        value[1].asked = false;
        passed += 1;
      } else {
        this.#kept.delete(value[0]);
        return;
      }
    }
  }
}

/** What of a payload is told; not the token itself. */
export function readToken(kind: TokenKind, payload: TokenPayload, seal = ''): OpenedToken {
  const { clientId, aud, scope, exp, iat, accountId, sid, jkt, 'x5t#S256': thumbprint } = payload;
  // Of a refresh token the provider keeps the proof itself; to the others we add it (provider).
  const { acr, amr, auth_time } =
    kind === 'RefreshToken' ? { ...payload, auth_time: payload.authTime } : (payload.extra ?? {});
  const endsWithSession = payload.expiresWithSession === true;
  return {
    terms: { kind, clientId, aud, scope, acr, amr, endsWithSession },
    exp,
    iat,
    authTime: auth_time,
    accountId,
    sid,
    cnf: jkt ? { jkt } : thumbprint ? { 'x5t#S256': thumbprint } : undefined,
    seal,
    asked: false,
    sub: undefined,
    sector: undefined,
  };
}
