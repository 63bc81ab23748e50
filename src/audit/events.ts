/**
 * The catalogue of audit events: one member an event, in alphabetical order. A field named `account` or `client`
 * becomes searchable. No names, numbers, phone numbers, tokens or addresses: ids and reason codes only.
 */
import type { Level } from '../guard/levels.ts';

type Id = string;

/** Ways a citizen is recognised or verified. */
export type Method = 'zalo' | 'vneid' | 'chip' | 'pin' | 'passkey';

export type FactorKind = 'pin' | 'passkey';

export type AuditEvent =
  /** The week after which a citizen's account ends was over. */
  | { event: 'account.closed'; account: Id }
  /** A citizen took back the wish to close the account. */
  | { event: 'account.closing_cancelled'; account: Id }
  /** A citizen asked to close the account; it ends a week later. */
  | { event: 'account.closing_requested'; account: Id }
  /** A person signed in for the first time and an account was made. */
  | { event: 'account.created'; account: Id; method: Method }
  /** An operator or officer suspended an account. */
  | { event: 'account.suspended'; account: Id; actor: Id; reason: string }
  /** An operator or officer ended a suspension. */
  | { event: 'account.reinstated'; account: Id; actor: Id; reason: string }
  /** A case was opened. */
  | { event: 'case.opened'; account: Id; case: Id; kind: 'verification' | 'duplicate'; method: Method }
  /** A citizen said "not me" to an entry of their ledger; `entry` is its number in this chain. */
  | { event: 'case.reported'; account: Id; case: Id; entry: number }
  /** A case was decided, by the rule or by an officer. */
  | { event: 'case.decided'; account: Id; case: Id; status: string; reason: string; actor: Id }
  /** A client, resource server or scope was registered or changed. */
  | { event: 'client.registered'; client: Id; actor: Id }
  /** A citizen allowed a client what it asked, for the first time or for more than before. */
  | {
      event: 'consent.granted';
      account: Id;
      client: Id;
      scopes: string[];
      claims: string[];
      consent: Id;
      /** What was shown and not allowed. */
      refused?: string[];
    }
  /** A citizen did not allow a client what it asked. */
  | { event: 'consent.refused'; account: Id; client: Id }
  /** A citizen took back what a client was allowed. */
  | { event: 'consent.withdrawn'; account: Id; client: Id }
  /** A browser was used for an account for the first time. */
  | { event: 'device.first_seen'; account: Id; device: Id }
  /** A citizen took all data held about them. */
  | { event: 'export.made'; account: Id }
  /** A wrong PIN, a passkey that does not verify, or one of them while it is locked. */
  | { event: 'factor.refused'; account: Id; kind: FactorKind; reason: string }
  /** A PIN or passkey was taken away. */
  | { event: 'factor.removed'; account: Id; kind: FactorKind; factor: Id; reason: string }
  /** A PIN or passkey was set. */
  | { event: 'factor.set'; account: Id; kind: FactorKind; factor: Id }
  /** Everything under a grant was revoked: a code or refresh token came twice, the citizen signed out, the client gave up. */
  | {
      event: 'grant.revoked';
      account: Id | null;
      client: Id | null;
      reason: 'replayed' | 'signed_out' | 'given_up' | 'withdrawn' | 'not_me' | 'account_closed';
    }
  /** Signing keys were made or moved on. */
  | { event: 'keys.created'; kid: Id; alg: string; status: 'next' | 'active'; actor: Id }
  /** Level2 was put on hold. */
  | { event: 'level2.held'; account: Id; actor: Id; reason: string }
  /** A hold ended: the citizen proved who they are, or an officer lifted it. */
  | { event: 'level2.released'; account: Id; actor: Id; reason: string }
  /** An officer looked at a citizen's record, and said why. */
  | { event: 'officer.looked'; account: Id; actor: Id; purpose: string }
  /** A phone number of this account was shown by another Zalo account: it is this one's no more. */
  | { event: 'phone.moved'; account: Id }
  /** A phone number may have changed hands: no service is told it until that is settled. */
  | { event: 'phone.quarantined'; account: Id; reason: string }
  /** The doubt about a phone number is settled. */
  | { event: 'phone.released'; account: Id; reason: string }
  /** An upstream vouched for a phone number of this account. */
  | { event: 'phone.vouched'; account: Id; source: 'zalo' }
  /** Sessions of this account ended, by the citizen's wish or a rule. */
  | { event: 'session.ended'; account: Id; count: number; reason: string }
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
    }
  /** An operator set the token of the province's Zalo OA. */
  | { event: 'zalo_oa.token_set'; actor: Id };
