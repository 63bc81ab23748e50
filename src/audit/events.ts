/**
 * The catalogue of audit events: one member an event, in alphabetical order. A field named `account` or `client`
 * becomes searchable. No names, numbers, phone numbers, tokens or addresses: ids and reason codes only.
 */
import type { Level } from '../guard/levels.ts';

type Id = string;

/** Ways a citizen is recognised or verified. */
export type Method = 'zalo' | 'vneid' | 'chip';

export type AuditEvent =
  /** A person signed in for the first time and an account was made. */
  | { event: 'account.created'; account: Id; method: Method }
  /** An operator or officer suspended an account. */
  | { event: 'account.suspended'; account: Id; actor: Id; reason: string }
  /** An operator or officer ended a suspension. */
  | { event: 'account.reinstated'; account: Id; actor: Id; reason: string }
  /** A case was opened. */
  | { event: 'case.opened'; account: Id; case: Id; kind: 'verification' | 'duplicate'; method: Method }
  /** A case was decided, by the rule or by an officer. */
  | { event: 'case.decided'; account: Id; case: Id; status: string; reason: string; actor: Id }
  /** A client, resource server or scope was registered or changed. */
  | { event: 'client.registered'; client: Id; actor: Id }
  /** A citizen allowed a client what it asked, for the first time or for more than before. */
  | { event: 'consent.granted'; account: Id; client: Id; scopes: string[]; claims: string[]; consent: Id }
  /** A citizen did not allow a client what it asked. */
  | { event: 'consent.refused'; account: Id; client: Id }
  /** Everything under a grant was revoked: a code or refresh token came twice, the citizen signed out, the client gave up. */
  | {
      event: 'grant.revoked';
      account: Id | null;
      client: Id | null;
      reason: 'replayed' | 'signed_out' | 'given_up';
    }
  /** Signing keys were made or moved on. */
  | { event: 'keys.created'; kid: Id; alg: string; status: 'next' | 'active'; actor: Id }
  /** A citizen left the sign-in. */
  | { event: 'sign_in.abandoned'; account: Id | null; client: Id; prompt: string }
  /** An upstream or a rule refused a sign-in. */
  | { event: 'sign_in.refused'; account: Id | null; method: Method; reason: string }
  /** A citizen was recognised. */
  | { event: 'sign_in.succeeded'; account: Id; client: Id; method: Method; level: Level }
  /** A citizen went on at level1 where level2 was only wished. */
  | { event: 'step_up.declined'; account: Id; client: Id }
  /** An upstream or a rule refused a step to level2. */
  | { event: 'step_up.refused'; account: Id | null; method: Method; reason: string }
  /** A citizen proved level2 in this session. */
  | { event: 'step_up.succeeded'; account: Id; client: Id; method: Method }
  /** A certificate was pinned for kinds of documents, or (without kinds) a revocation list was taken in. */
  | { event: 'trust.imported'; fingerprint: Id; country: string; documentTypes: string[]; actor: Id }
  /** A pinned certificate was taken out. */
  | { event: 'trust.removed'; fingerprint: Id; country: string; actor: Id }
  /** A verification became active: the account is level2. */
  | { event: 'verification.approved'; account: Id; verification: Id; case: Id; method: Method; actor: Id }
  /** A verification ended. */
  | {
      event: 'verification.ended';
      account: Id;
      verification: Id;
      status: 'superseded' | 'revoked' | 'expired';
      reason: string;
      actor: Id;
    };
