/**
 * Answers kept for a moment: at most five seconds, never past the token's own end or its level's, and never more than
 * a fixed number. Off unless a service asks for it: what is kept is what was true up to `seconds` ago.
 */
import { createHash } from 'node:crypto';
import type { Inactive, Principal } from './principal.ts';

const LONGEST = 5;
const MOST = 10_000;

type Kept = { answer: Principal | Inactive; until: number };

export class AnswerCache {
  readonly #seconds: number;
  readonly #kept = new Map<string, Kept>();

  constructor(seconds: number) {
    this.#seconds = Math.min(Math.max(seconds, 0), LONGEST);
  }

  /** `now` in seconds since the epoch. */
  get(token: string, now: number): Principal | Inactive | undefined {
    const key = nameOf(token);
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    // A clock that was set back must not keep an answer alive.
    if (now < kept.until && kept.until - now <= LONGEST) return kept.answer;
    this.#kept.delete(key);
    return undefined;
  }

  set(token: string, answer: Principal | Inactive, now: number): void {
    if (this.#seconds === 0) return;
    if (this.#kept.size >= MOST) {
      const oldest = this.#kept.keys().next().value;
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    const ends = answer.active ? [answer.expiresAt, answer.acrExpiresAt ?? Number.POSITIVE_INFINITY] : [];
    this.#kept.set(nameOf(token), { answer, until: Math.min(now + this.#seconds, ...ends) });
  }
}

/** Tokens are not kept in memory as they are. */
function nameOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
