/**
 * Proof of possession (RFC 9449 §4.3, §7.1): a token that is bound to a key is worth something only together with a
 * fresh signature by that key over this very request.
 *
 * Proofs are remembered for as long as they would be accepted, in this process; where a service runs on several nodes
 * a proof could pass once on each within that minute, unless the nodes share a memory (`RememberProof`).
 */
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose';
import { GuardError } from './errors.ts';

/** Asymmetric only (§4.3 point 6). */
export const DPOP_ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'];

/** Seconds before and after now in which a proof's `iat` is taken. */
const WINDOW = 60;
const MOST_REMEMBERED = 100_000;

export type ProvenRequest = {
  method: string;
  /** Absolute; query and fragment do not count (§4.3 point 9). */
  url: string;
  /** The DPoP header: exactly one. */
  proof: string | undefined;
};

/** Takes a proof's name until a time, in seconds since 1970; false when it is taken already. */
export type RememberProof = (name: string, until: number) => Promise<boolean>;

/** Remembers the proofs it accepted: by itself, or where it is told to. */
export class ProofChecker {
  readonly #shared: RememberProof | undefined;
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnedAt = 0;

  constructor(remember?: RememberProof) {
    this.#shared = remember;
  }

  /** Whether the request proves possession of the key with thumbprint `jkt`, for this access token. */
  async accepts(request: ProvenRequest, token: string, jkt: string, now: Date): Promise<boolean> {
    const { proof } = request;
    if (!proof || proof.length > 8192 || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof)) return false;
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: DPOP_ALGORITHMS,
        requiredClaims: ['iat', 'jti', 'htm', 'htu', 'ath'],
        currentDate: now,
      });
      const { iat = 0, jti, htm, htu, ath } = payload;
      const seconds = now.getTime() / 1000;
      if (Math.abs(seconds - iat) > WINDOW || htm !== request.method) return false;
      if (!isSamePlace(htu, request.url) || ath !== sha256(token)) return false;
      if (typeof jti !== 'string' || jti.length > 256 || !protectedHeader.jwk) return false;
      if ((await calculateJwkThumbprint(protectedHeader.jwk)) !== jkt) return false;
      const name = `${jkt}.${jti}`;
      return this.#shared ? await this.#shared(name, iat + WINDOW) : this.#remember(name, seconds);
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return false;
      throw error;
    }
  }

  /** False when the proof came before. Two generations: what is older than both could not be fresh any more. */
  #remember(id: string, seconds: number): boolean {
    if (seconds - this.#turnedAt > 2 * WINDOW) {
      this.#previous = this.#current;
      this.#current = new Set();
      this.#turnedAt = seconds;
    }
    const key = sha256(id);
    if (this.#current.has(key) || this.#previous.has(key)) return false;
    if (this.#current.size >= MOST_REMEMBERED) throw new GuardError('overloaded');
    this.#current.add(key);
    return true;
  }
}

/** Compared after the normalisation of RFC 3986 §6.2.2 and §6.2.3, without query and fragment. */
function isSamePlace(htu: unknown, url: string): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu) || !URL.canParse(url)) return false;
  const [claimed, actual] = [new URL(htu), new URL(url)];
  return claimed.origin === actual.origin && claimed.pathname === actual.pathname;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
