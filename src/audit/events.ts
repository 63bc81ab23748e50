/**
 * The catalogue of audit events: one member an event, in alphabetical order. A field named `account` or `client`
 * becomes searchable. No names, numbers, phone numbers, tokens or addresses: ids and reason codes only.
 */
import type { Level } from '../guard/levels.ts';

type Id = string;

/** Ways a citizen is recognised or verified. */
export type Method = 'zalo' | 'vneid' | 'chip' | 'pin' | 'passkey' | 'desk';

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
  /** An officer had the whole chain recomputed. */
  | { event: 'audit.check_started'; actor: Id }
  /** An officer took lines of this chain away as a file; what was asked for is in `question`. */
  | {
      event: 'audit.exported';
      account: Id | null;
      actor: Id;
      purpose: string | null;
      question: Record<string, string>;
    }
  /** An officer searched this chain. `account`: whom the search was about, directly or by a case of theirs. */
  | {
      event: 'audit.searched';
      account: Id | null;
      actor: Id;
      purpose: string | null;
      question: Record<string, string>;
    }
  /** An officer asked a citizen for something again: a photo, the card, to come to a desk. */
  | { event: 'case.asked'; account: Id; case: Id; for: string; reason: string; actor: Id }
  /** An officer decided; it counts after two minutes, and `case.decided` or `case.asked` tells of that. */
  | { event: 'case.decision_made'; case: Id; decision: Id; outcome: string; reason: string; actor: Id }
  /** An officer took a decision back before it counted. */
  | { event: 'case.decision_undone'; case: Id; decision: Id; actor: Id }
  /** A case was opened. */
  | { event: 'case.opened'; account: Id; case: Id; kind: 'verification' | 'duplicate'; method: Method }
  /** A citizen sent a photo for an officer; `consent` is the text they read. */
  | { event: 'case.photo_added'; account: Id; case: Id; consent: string }
  /** An officer gave a case back undecided. */
  | { event: 'case.released'; case: Id; actor: Id }
  /** A citizen said "not me" to an entry of their ledger; `entry` is its number in this chain. */
  | { event: 'case.reported'; account: Id; case: Id; entry: number }
  /** An officer took a case to work on it. */
  | { event: 'case.taken'; case: Id; actor: Id }
  /** A case was decided, by the rule or by an officer. */
  | { event: 'case.decided'; account: Id; case: Id; status: string; reason: string; actor: Id }
  /** Members of a client's registration were changed: their names, not their values. */
  | { event: 'client.changed'; client: Id; actor: Id; members: string[] }
  /** A client was switched off: its tokens are inactive. */
  | { event: 'client.disabled'; client: Id; actor: Id }
  /** A client that was switched off is on again. */
  | { event: 'client.enabled'; client: Id; actor: Id }
  /** A client was registered. */
  | { event: 'client.registered'; client: Id; actor: Id }
  /** A client was given a new secret. */
  | { event: 'client.secret_rotated'; client: Id; actor: Id }
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
  /** A visit to a desk is about this account. */
  | { event: 'desk.account_chosen'; account: Id; visit: Id; way: 'phone' | 'zalo' | 'none'; actor: Id }
  /** A code was sent to a number shown at a desk. */
  | { event: 'desk.code_sent'; visit: Id; actor: Id }
  /** The officer at a desk says that who stands there is the person on the card. */
  | { event: 'desk.holder_seen'; account: Id; case: Id; actor: Id }
  /** A proof slip was made. */
  | { event: 'desk.slip_issued'; account: Id; case: Id; slip: Id; actor: Id }
  /** A visit to a desk ended without a decision. */
  | { event: 'desk.visit_ended'; visit: Id; actor: Id }
  /** A citizen came to a desk. */
  | { event: 'desk.visit_started'; visit: Id; actor: Id }
  /** A browser was used for an account for the first time. */
  | { event: 'device.first_seen'; account: Id; device: Id }
  /** Of two accounts that proved one number it was decided which may be level2; one line for each account. */
  | {
      event: 'duplicate.decided';
      account: Id;
      case: Id;
      keep: 'holder' | 'claimant' | 'nobody';
      reason: string;
      actor: Id;
    }
  /** A citizen took all data held about them. */
  | { event: 'export.made'; account: Id }
  /** A wrong PIN, a passkey that does not verify, or one of them while it is locked. */
  | { event: 'factor.refused'; account: Id; kind: FactorKind; reason: string }
  /** A PIN or passkey was taken away. */
  | { event: 'factor.removed'; account: Id; kind: FactorKind; factor: Id; reason: string }
  /** A citizen called a passkey something else; the name is not kept here. */
  | { event: 'factor.renamed'; account: Id; kind: FactorKind; factor: Id }
  /** A PIN or passkey was set. */
  | { event: 'factor.set'; account: Id; kind: FactorKind; factor: Id }
  /** Everything under a grant was revoked: a code or refresh token came twice, the citizen signed out, the client gave up. */
  | {
      event: 'grant.revoked';
      account: Id | null;
      client: Id | null;
      reason:
        | 'replayed'
        | 'signed_out'
        | 'given_up'
        | 'withdrawn'
        | 'not_me'
        | 'account_closed'
        | 'officer'
        | 'tested';
    }
  /** A signing key took over; the one before it stays published for a while, or not at all when it was compromised. */
  | { event: 'keys.rotated'; kid: Id; retired: Id; alg: string; compromised: boolean; actor: Id }
  /** Signing keys were made. */
  | { event: 'keys.created'; kid: Id; alg: string; status: 'next' | 'active'; actor: Id }
  /** Level2 was put on hold. */
  | { event: 'level2.held'; account: Id; actor: Id; reason: string }
  /** A hold ended: the citizen proved who they are, or an officer lifted it. */
  | { event: 'level2.released'; account: Id; actor: Id; reason: string }
  /** What an officer did about an account: the reason, and the number under which it can be asked about. */
  | { event: 'officer.acted'; account: Id; actor: Id; act: string; reason: string; reference: string }
  /** An officer's invitation or recovery was taken up: password and factor are set. */
  | { event: 'officer.activated'; officer: Id; kind: 'invitation' | 'recovery'; actor: Id }
  /** An officer's account was made; it opens nothing until its link was used. */
  | { event: 'officer.added'; officer: Id; role: string; communes: string[]; actor: Id }
  /** An officer used a factor again, before an act that asks for it. */
  | { event: 'officer.confirmed'; officer: Id; kind: 'totp' | 'passkey'; actor: Id }
  /** An officer took one of their factors away. */
  | { event: 'officer.credential_removed'; officer: Id; kind: 'totp' | 'passkey'; actor: Id }
  /** An officer set a password or a factor. */
  | { event: 'officer.credential_set'; officer: Id; kind: 'password' | 'totp' | 'passkey'; actor: Id }
  /** An officer stated whose cases they may not decide. */
  | { event: 'officer.household_declared'; officer: Id; relation: 'self' | 'household'; actor: Id }
  /** A supervisor took a person off an officer's list. */
  | { event: 'officer.household_removed'; officer: Id; actor: Id; reason: string }
  /** A one-time link for an officer was made. */
  | { event: 'officer.link_issued'; officer: Id; kind: 'invitation' | 'recovery'; actor: Id }
  /** A citizen opened our page out of a Mini App. */
  | { event: 'mini_app.opened'; account: Id; client: Id; page: string }
  /** A step out of a Mini App came to nothing: left, not proved, or another account came through. */
  | { event: 'mini_app.refused'; account: Id; client: Id; reason: string }
  /**
   * An officer looked at a citizen's record, and said why. `part`: in a list, the whole page, what is masked there, a picture.
   */
  | {
      event: 'officer.looked';
      account: Id;
      actor: Id;
      purpose: string;
      part?: 'found' | 'page' | 'revealed' | 'portrait' | 'photo';
      case?: Id;
      note?: string;
    }
  /** A wrong password or factor in the console; null: no such login. */
  | { event: 'officer.refused'; officer: Id | null; reason: string }
  /** An officer was let in again. */
  | { event: 'officer.reinstated'; officer: Id; reason: string; actor: Id }
  /** An officer has another role or other communes. */
  | { event: 'officer.rights_changed'; officer: Id; role: string; communes: string[]; actor: Id }
  /** An officer searched for citizens; whom the list showed stands in lines of their own. */
  | {
      event: 'officer.searched';
      actor: Id;
      by: 'number' | 'phone' | 'name' | 'code';
      purpose: string;
      found: number;
    }
  /** An officer signed in to the console. */
  | { event: 'officer.signed_in'; officer: Id; kind: 'totp' | 'passkey'; actor: Id }
  /** An officer left the console. */
  | { event: 'officer.signed_out'; officer: Id; actor: Id }
  /** An officer was shut out. */
  | { event: 'officer.suspended'; officer: Id; reason: string; actor: Id }
  /** A phone number of this account was shown by another Zalo account: it is this one's no more. */
  | { event: 'phone.moved'; account: Id }
  /** A phone number may have changed hands: no service is told it until that is settled. */
  | { event: 'phone.quarantined'; account: Id; reason: string }
  /** The doubt about a phone number is settled. */
  | { event: 'phone.released'; account: Id; reason: string }
  /** An upstream vouched for a phone number of this account. */
  | { event: 'phone.vouched'; account: Id; source: 'zalo' }
  /** A second officer agreed to an act or not, or whoever asked took it back. */
  | {
      event: 'proposal.answered';
      proposal: Id;
      kind: string;
      subject: Id;
      status: 'approved' | 'refused' | 'withdrawn';
      actor: Id;
    }
  /** An officer asked for an act that needs a second one. */
  | { event: 'proposal.made'; proposal: Id; kind: string; subject: Id; actor: Id }
  /** Another officer looked at an approval anew. */
  | {
      event: 're_audit.answered';
      account: Id;
      case: Id;
      outcome: 'agreed' | 'objected';
      reason: string;
      actor: Id;
    }
  /** An approval was drawn for a second look; null: nobody was there to give it to. */
  | { event: 're_audit.drawn'; account: Id; case: Id; officer: Id | null }
  /** A third officer decided about an objection. */
  | { event: 're_audit.settled'; account: Id; case: Id; outcome: 'upheld' | 'suspended'; actor: Id }
  /** An officer took the counts of a report away as a file. */
  | { event: 'report.exported'; report: string; from: string; until: string; actor: Id }
  /** A scope of a service was taken away. */
  | { event: 'scope.removed'; scope: Id; actor: Id }
  /** Members of a service's registration, its scopes among them, were changed. `client` is what it signs in as. */
  | { event: 'service.changed'; client: Id; actor: Id; members: string[] }
  /** A service was switched off. */
  | { event: 'service.disabled'; client: Id; actor: Id }
  /** A service that was switched off is on again. */
  | { event: 'service.enabled'; client: Id; actor: Id }
  /** A service was registered. */
  | { event: 'service.registered'; client: Id; actor: Id }
  /** A service was called with tokens of the test account: what it answered to each level. */
  | { event: 'service.tested'; client: Id; actor: Id; level1: string; level2: string }
  /** A service was given a new secret. */
  | { event: 'service.secret_rotated'; client: Id; actor: Id }
  /** Sessions of this account ended, by the citizen's wish or a rule. */
  | { event: 'session.ended'; account: Id; count: number; reason: string }
  /** A citizen left the sign-in. */
  | { event: 'sign_in.abandoned'; account: Id | null; client: Id; prompt: string }
  /** A citizen who was signed in went on to a client without a page of ours (single sign-on). */
  | { event: 'sign_in.continued'; account: Id; client: Id; level?: Level }
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
