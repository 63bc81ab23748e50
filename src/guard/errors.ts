/** What stops the guard itself, as opposed to what the guard refuses. Never an "allowed": a service answers 503. */
export type GuardErrorCode =
  /** The introspection endpoint did not answer in time, or answered with a status that says nothing of the token. */
  | 'introspection_unavailable'
  /** The provider does not accept this service's own client id and secret. */
  | 'introspection_unauthorized'
  /** The answer is too large, not JSON, or lacks what RFC 7662 section 2.2 or this provider promises. */
  | 'introspection_malformed'
  /** Discovery or the provider's keys could not be read. */
  | 'provider_unavailable'
  /** More proofs of possession at once than are remembered against replay. */
  | 'overloaded';

export class GuardError extends Error {
  readonly code: GuardErrorCode;
  /** Koa and others read these: the caller learns that it is not their fault, and nothing more. */
  readonly status = 503;
  readonly expose = false;

  constructor(code: GuardErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.name = 'GuardError';
    this.code = code;
  }
}
