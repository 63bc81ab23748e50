/**
 * From checks to decision: the one readable table (design: grades, not yes/no). Each test of the evidence is kept
 * by itself, so that this table can be tightened later without asking anybody to prove themselves again.
 */
export type Checks = {
  /** The chip's data was signed by the State (ICAO 9303-11 passive authentication). */
  data_genuine?: 'pass' | 'fail';
  /** The chip itself answered a challenge (active or chip authentication). */
  card_genuine?: 'server_challenge' | 'client_challenge' | 'absent' | 'fail';
  /** Who saw that the holder of the data is the person who is here. */
  holder_present?: 'vneid' | 'officer_in_person' | 'officer_by_portrait' | 'none';
  /** Whether another officer agreed with the one at the desk; left out where nobody came to a desk. */
  second_officer?: 'agreed' | 'missing';
  /** The upstream account belongs to a natural person. */
  citizen_account?: 'pass' | 'fail';
  /** The personal number is one that can exist. */
  number_valid?: 'pass' | 'fail';
  /** What level1 knew of the person, held against the evidence. */
  same_person?: 'match' | 'differs' | 'unknown';
  /** Whether the signer of the chip was looked up in a revocation list. */
  revocation?: 'good' | 'stale' | 'not_checked';
};

export type Switches = {
  /** Approves a genuine chip that answered our own challenge without an officer. Off unless the operator says so. */
  chipPilot: boolean;
  /** Lets the officer at the desk approve a chip that answered our challenge and a face without a second one. Off likewise. */
  deskOneOfficer?: boolean;
};

export type Decision =
  | { outcome: 'approve'; reason: string }
  | { outcome: 'reject'; reason: string }
  | { outcome: 'wait'; reason: string };

type Row = { when: (checks: Checks, switches: Switches) => boolean; decision: Decision };

/** Read from the top: the first row that fits decides. */
const table: readonly Row[] = [
  { when: (c) => c.citizen_account === 'fail', decision: { outcome: 'reject', reason: 'not_a_citizen' } },
  { when: (c) => c.number_valid !== 'pass', decision: { outcome: 'reject', reason: 'number_invalid' } },
  { when: (c) => c.data_genuine === 'fail', decision: { outcome: 'reject', reason: 'data_not_genuine' } },
  { when: (c) => c.card_genuine === 'fail', decision: { outcome: 'reject', reason: 'card_not_genuine' } },
  {
    when: (c) => c.holder_present === 'vneid' && c.citizen_account === 'pass',
    decision: { outcome: 'approve', reason: 'vneid_citizen' },
  },
  {
    when: (c) => c.data_genuine === 'pass' && c.holder_present === 'officer_by_portrait',
    decision: { outcome: 'approve', reason: 'officer_saw_holder' },
  },
  // Four eyes at the desk: whoever opens an account, reads the card and sees the face could invent all three.
  {
    when: (c) => sawInPerson(c) && c.second_officer === 'agreed',
    decision: { outcome: 'approve', reason: 'two_officers' },
  },
  {
    when: (c, { deskOneOfficer }) =>
      deskOneOfficer === true &&
      sawInPerson(c) &&
      c.card_genuine === 'server_challenge' &&
      c.same_person !== 'differs',
    decision: { outcome: 'approve', reason: 'desk_one_officer' },
  },
  { when: sawInPerson, decision: { outcome: 'wait', reason: 'second_officer' } },
  // A chip proves nothing about who holds it: it can be read with what is printed on the card (facts B1).
  { when: (c) => c.same_person === 'differs', decision: { outcome: 'wait', reason: 'name_differs' } },
  {
    when: (c, { chipPilot }) =>
      chipPilot && c.data_genuine === 'pass' && c.card_genuine === 'server_challenge',
    decision: { outcome: 'approve', reason: 'pilot_server_challenge' },
  },
];

function sawInPerson(c: Checks): boolean {
  return c.data_genuine === 'pass' && c.holder_present === 'officer_in_person';
}

/** The decision on a set of checks. What no row approves or rejects waits for an officer. */
export function decide(checks: Checks, switches: Switches = { chipPilot: false }): Decision {
  const row = table.find(({ when }) => when(checks, switches));
  return row?.decision ?? { outcome: 'wait', reason: 'needs_officer' };
}
