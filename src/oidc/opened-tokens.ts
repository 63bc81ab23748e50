/**
 * What introspection tells of a token, without what it is worth now, of the tokens that are asked about most: a service
 * asks about one again and again, and to open what is sealed costs more than the rest of an answer.
 *
 * Invariant: nothing here says whether a token counts. What is kept is kept under the seal it had, and stands for what
 * is stored only when the database has found that very seal in the token's row, at every question (live-tokens).
 *
 * Tokens lie side by side in one piece of memory, through which no garbage collector walks: as objects each took more than
 * twice the room, and the heap let garbage of two fifths as much again gather around it.
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
  readonly authTime: number | undefined;
  readonly accountId: string | undefined;
  /** Between the provider and the app it was given to. */
  readonly sid: string | undefined;
  readonly cnf: Confirmation | undefined;
  /** The end of what it was sealed in (AES-GCM's tag), in latin1: it tells one sealing from every other. */
  readonly seal: string;
  /** Who the citizen is to whoever asked last, and the sector of those. */
  readonly sub: string | undefined;
  readonly sector: string | undefined;
  /** Where it is kept; -1: nowhere. */
  place: number;
};

const SEAL = 16;
/** 12 MiB, of which what was never used is not taken. */
const MOST_TOKENS = 65_536;
const MOST_TERMS = 4_096;
/** So many that were asked about are passed over for one that leaves. */
const MOST_PASSED = 16;

/** A place, in words of four bytes: some of its hash, which place comes next under the same head, times in seconds. */
const HASH = 0;
const NEXT = 2;
const EXP = 3;
const IAT = 4;
const AUTH_TIME = 5;
/** How long the texts are, a byte for each. */
const LENGTHS = 6;
/** And in bytes: the seal, and the texts one after the other, for which a UUID and two of 256 bits each are usual. */
const SEAL_AT = 28;
const TEXTS_AT = SEAL_AT + SEAL;
const BYTES = 168;
const WORDS = BYTES / 4;
const TEXTS = BYTES - TEXTS_AT;
const LATEST = 2 ** 32;

export class OpenedTokens {
  readonly #most: number;
  readonly #words: Uint32Array;
  readonly #bytes: Buffer;
  /** Where to begin to look for a hash: a place and one, or 0. */
  readonly #heads: Uint32Array;
  /** Whether it was asked about since the hand last came by. */
  readonly #asked: Uint8Array;
  /** By place, what is no text of its own. */
  readonly #terms: Terms[] = [];
  readonly #sectors: (string | undefined)[] = [];
  readonly #confirmations = new Map<number, Confirmation>();
  readonly #shared = new Map<string, Terms>();
  /** Goes round as the hand of a clock. */
  #hand = 0;

  constructor(most = MOST_TOKENS) {
    this.#most = most;
    const memory = new ArrayBuffer(most * BYTES);
    this.#words = new Uint32Array(memory);
    this.#bytes = Buffer.from(memory);
    this.#heads = new Uint32Array(2 ** Math.ceil(Math.log2(most)));
    this.#asked = new Uint8Array(most);
  }

  find(idHash: string): OpenedToken | undefined {
    const place = this.#placeOf(idHash);
    if (place < 0) return undefined;
    this.#asked[place] = 1;
    return this.#read(place);
  }

  /** Keeps what is sealed in a row that was just read. */
  keep(idHash: string, kind: TokenKind, payload: TokenPayload, sealed: Buffer): OpenedToken {
    const token = readToken(kind, payload, sealed.toString('latin1', sealed.length - SEAL));
    token.terms = this.#share(token.terms);
    if (!fits(token)) return token;
    token.place = this.#placeOf(idHash);
    if (token.place < 0) token.place = this.#takePlace(idHash);
    this.#write(token);
    return token;
  }

  /** Keeps with a token who the citizen is to those of a sector. */
  keepSubject({ place, seal }: OpenedToken, sector: string, sub: string): void {
    // Another token may have come to its place meanwhile.
    if (place < 0 || this.#sealAt(place) !== seal) return;
    const at = place * WORDS + LENGTHS;
    const lengths = (this.#words[at] as number) & 0xffff;
    const before = (lengths & 0xff) + (lengths >> 8);
    if (before + sub.length > TEXTS) return;
    this.#bytes.write(sub, place * BYTES + TEXTS_AT + before, 'latin1');
    this.#words[at] = lengths | (sub.length << 16);
    this.#sectors[place] = sector;
  }

  /** The place of a hash; -1: it is not kept. Were two alike in what is compared, the seal would not fit. */
  #placeOf(idHash: string): number {
    const [one, other] = [wordOf(idHash, 0), wordOf(idHash, 4)];
    const words = this.#words;
    for (let next = this.#heads[this.#headOf(one)] as number; next !== 0; ) {
      const at = (next - 1) * WORDS;
      if (words[at + HASH] === one && words[at + HASH + 1] === other) return next - 1;
      next = words[at + NEXT] as number;
    }
    return -1;
  }

  #headOf(word: number): number {
    return word & (this.#heads.length - 1);
  }

  #takePlace(idHash: string): number {
    const place = this.#terms.length < this.#most ? this.#terms.length : this.#makeRoom();
    const [at, one] = [place * WORDS, wordOf(idHash, 0)];
    const head = this.#headOf(one);
    this.#words[at + HASH] = one;
    this.#words[at + HASH + 1] = wordOf(idHash, 4);
    this.#words[at + NEXT] = this.#heads[head] as number;
    this.#heads[head] = place + 1;
    return place;
  }

  #makeRoom(): number {
    for (let passed = 0; this.#asked[this.#hand] === 1 && passed < MOST_PASSED; passed += 1) {
      this.#asked[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#most;
    }
    const place = this.#hand;
    this.#hand = (place + 1) % this.#most;
    this.#leave(place);
    return place;
  }

  #leave(place: number): void {
    const next = this.#words[place * WORDS + NEXT] as number;
    const head = this.#headOf(this.#words[place * WORDS + HASH] as number);
    if (this.#heads[head] === place + 1) this.#heads[head] = next;
    else {
      let at = ((this.#heads[head] as number) - 1) * WORDS + NEXT;
      while (this.#words[at] !== place + 1) at = ((this.#words[at] as number) - 1) * WORDS + NEXT;
      this.#words[at] = next;
    }
    this.#confirmations.delete(place);
  }

  #write({ place, terms, exp, iat, authTime = 0, accountId = '', sid = '', cnf, seal }: OpenedToken): void {
    const at = place * WORDS;
    this.#words[at + EXP] = exp;
    this.#words[at + IAT] = iat;
    this.#words[at + AUTH_TIME] = authTime;
    this.#words[at + LENGTHS] = accountId.length | (sid.length << 8);
    this.#bytes.write(seal + accountId + sid, place * BYTES + SEAL_AT, 'latin1');
    this.#asked[place] = 0;
    this.#terms[place] = terms;
    this.#sectors[place] = undefined;
    if (cnf) this.#confirmations.set(place, cnf);
    else this.#confirmations.delete(place);
  }

  #read(place: number): OpenedToken {
    const words = this.#words;
    const at = place * WORDS;
    const lengths = words[at + LENGTHS] as number;
    const sid = SEAL + (lengths & 0xff);
    const sub = sid + ((lengths >> 8) & 0xff);
    const end = sub + (lengths >> 16);
    const from = place * BYTES + SEAL_AT;
    // Once, and cut: to go for each would take longer than to cut.
    const texts = this.#bytes.toString('latin1', from, from + end);
    return {
      terms: this.#terms[place] as Terms,
      exp: words[at + EXP] as number,
      iat: words[at + IAT] as number,
      authTime: words[at + AUTH_TIME] || undefined,
      accountId: sid > SEAL ? texts.slice(SEAL, sid) : undefined,
      sid: sub > sid ? texts.slice(sid, sub) : undefined,
      cnf: this.#confirmations.get(place),
      seal: texts.slice(0, SEAL),
      sub: end > sub ? texts.slice(sub, end) : undefined,
      sector: this.#sectors[place],
      place,
    };
  }

  #sealAt(place: number): string {
    const at = place * BYTES + SEAL_AT;
    return this.#bytes.toString('latin1', at, at + SEAL);
  }

  #share(terms: Terms): Terms {
    const words = JSON.stringify(terms);
    const shared = this.#shared.get(words);
    if (shared) return shared;
    if (this.#shared.size >= MOST_TERMS) this.#shared.clear();
    this.#shared.set(words, terms);
    return terms;
  }
}

/** Four bytes of a hash. */
function wordOf(idHash: string, at: number): number {
  return (
    (idHash.charCodeAt(at) |
      (idHash.charCodeAt(at + 1) << 8) |
      (idHash.charCodeAt(at + 2) << 16) |
      (idHash.charCodeAt(at + 3) << 24)) >>>
    0
  );
}

/** Whether it has the usual shape. What has not is opened at every question. */
function fits({ exp, iat, authTime = 0, accountId = '', sid = '', seal }: OpenedToken): boolean {
  const isTime = (time: number) => Number.isInteger(time) && time >= 0 && time < LATEST;
  const texts = accountId + sid;
  return (
    [exp, iat, authTime].every(isTime) &&
    seal.length === SEAL &&
    texts.length <= TEXTS &&
    /^[ -~]*$/.test(texts)
  );
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
    authTime: typeof auth_time === 'number' ? auth_time : undefined,
    accountId,
    sid,
    cnf: jkt ? { jkt } : thumbprint ? { 'x5t#S256': thumbprint } : undefined,
    seal,
    sub: undefined,
    sector: undefined,
    place: -1,
  };
}
