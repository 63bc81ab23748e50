/**
 * The two tiers of errors.
 *
 * An expected refusal inside the product is a value with a reason code. A request that cannot go on throws
 * `AppError(code)`; the door turns it into a status and a page (http/error-page). Everything else is a bug:
 * logged once, shown as `internal_error` with the request id. Every code has a Vietnamese and an English
 * sentence in views/i18n (a missing one does not compile) and a line in docs/errors.md.
 */

/** Every code a person may be shown, with the HTTP status its page is sent with. */
export const errorStatus = {
  internal_error: 500,
  not_found: 404,
  bad_request: 400,
  body_too_large: 413,
  cross_origin: 403,
  interaction_expired: 400,
  interaction_mismatch: 400,
  sign_in_link_expired: 400,
  sign_in_link_used: 400,
  sign_in_other_browser: 400,
  handle_unusable: 400,
  handle_other_account: 403,
  account_suspended: 403,
  account_closed: 403,
  zalo_denied: 403,
  zalo_refused: 502,
  zalo_unavailable: 502,
  zalo_not_configured: 503,
  vneid_denied: 403,
  vneid_refused: 502,
  vneid_unavailable: 502,
  vneid_not_configured: 503,
  vneid_not_citizen: 403,
  vneid_bad_number: 403,
  vneid_other_person: 403,
  duplicate_person: 409,
  passkey_refused: 403,
  passkey_unusable: 403,
  verification_refused: 403,
  unauthorized: 401,
  forbidden: 403,
  busy: 503,
  unanswered: 503,
  card_refused: 403,
  card_expired: 403,
  card_other_person: 403,
  card_limit: 429,
  too_many_requests: 429,
  card_not_configured: 503,
  reading_unknown: 404,
  reading_expired: 400,
  challenge_unusable: 400,
  scan_unreadable: 400,
  scan_replayed: 409,
  // OAuth and OpenID Connect errors that reach a person because there is no client to send them back to.
  invalid_request: 400,
  invalid_client: 400,
  invalid_redirect_uri: 400,
  unauthorized_client: 400,
  session_expired: 400,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof errorStatus;

export type AppErrorOptions = ErrorOptions & {
  /** Where the page's "back" leads, when there is a way on. A path of ours. */
  backHref?: string;
};

/** A request that cannot go on, for a reason a person can be told. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly backHref: string | undefined;

  constructor(code: ErrorCode, options?: AppErrorOptions) {
    super(code, options);
    this.name = 'AppError';
    this.code = code;
    this.status = errorStatus[code];
    this.backHref = options?.backHref;
  }
}

/** An operator's command that was not given rightly: one line, and exit code 2. */
export class UsageError extends Error {}
