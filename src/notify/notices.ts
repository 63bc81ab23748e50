/** The catalogue of notices. No names and no numbers: `date` is a day (YYYY-MM-DD), `device` a browser's label. */
export type Notice =
  /** The account is level2 now. */
  | { kind: 'level2_granted' }
  /** A verification was refused. */
  | { kind: 'level2_refused' }
  /** An officer asks for something again, for a verification that is under way; what for stands where it is shown. */
  | { kind: 'level2_asked' }
  /** Level2 ended, or was put on hold: revoked, expired, or the citizen said "not me". */
  | { kind: 'level2_ended' }
  /** Level2 runs out with the card on this day. */
  | { kind: 'level2_ending'; date: string; days: 60 | 30 | 7 }
  /** Somebody tried to verify with this citizen's card or number on another account. */
  | { kind: 'level2_elsewhere' }
  | { kind: 'new_device'; device: string }
  | { kind: 'pin_set' }
  | { kind: 'pin_reset' }
  | { kind: 'pin_locked' }
  | { kind: 'passkey_added' }
  | { kind: 'passkey_removed' }
  /** The number may have changed hands; what to do stands on the account page. */
  | { kind: 'phone_quarantined' }
  | { kind: 'phone_moved' }
  | { kind: 'account_suspended' }
  | { kind: 'account_reinstated' }
  | { kind: 'account_closing'; date: string }
  | { kind: 'account_closing_cancelled' }
  /** An officer ended every session. */
  | { kind: 'sessions_ended' }
  /** What became of a "not me": somebody else it was, nobody else, or it could not be found out. */
  | { kind: 'report_confirmed' }
  | { kind: 'report_harmless' }
  | { kind: 'report_unclear' }
  /** Two accounts proved one personal number. This one stays level2, as it was. */
  | { kind: 'duplicate_stays' }
  /** The same; this one may be level2 now, and has to be verified anew. */
  | { kind: 'duplicate_prove' }
  /** The same; this one is not level2. */
  | { kind: 'duplicate_other' };

/** What goes out by message: a notice, or the code that shows whose number it is. That one is never written down. */
export type Sent = Notice | { kind: 'desk_code'; code: string };
