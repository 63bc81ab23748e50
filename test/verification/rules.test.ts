/** The table from checks to decision, and the moves a case may make. */
import { describe, expect, it } from 'vitest';
import { type CaseStatus, mayMove } from '../../src/verification/cases.ts';
import { type Checks, decide } from '../../src/verification/rules.ts';

const good: Checks = { citizen_account: 'pass', number_valid: 'pass', holder_present: 'vneid' };

const chip: Checks = { data_genuine: 'pass', number_valid: 'pass' };

describe('the rule', () => {
  it.each([
    ['VNeID of a citizen with a valid number', good, 'approve', 'vneid_citizen'],
    ['an organisation', { ...good, citizen_account: 'fail' }, 'reject', 'not_a_citizen'],
    ['a number that cannot be', { ...good, number_valid: 'fail' }, 'reject', 'number_invalid'],
    [
      'a number nobody checked',
      { citizen_account: 'pass', holder_present: 'vneid' },
      'reject',
      'number_invalid',
    ],
    ['nothing at all', {}, 'reject', 'number_invalid'],
    ['data that is not genuine', { ...good, data_genuine: 'fail' }, 'reject', 'data_not_genuine'],
    ['a cloned chip', { ...good, card_genuine: 'fail' }, 'reject', 'card_not_genuine'],
    [
      'genuine data and nobody seen',
      { number_valid: 'pass', data_genuine: 'pass', holder_present: 'none' },
      'wait',
      'needs_officer',
    ],
    [
      'genuine data and a face that two officers stand for',
      { ...chip, holder_present: 'officer_in_person', second_officer: 'agreed' },
      'approve',
      'two_officers',
    ],
    [
      'genuine data and a face that one officer saw',
      { ...chip, holder_present: 'officer_in_person', second_officer: 'missing' },
      'wait',
      'second_officer',
    ],
    [
      'the same, and nobody said who',
      { ...chip, holder_present: 'officer_in_person' },
      'wait',
      'second_officer',
    ],
    [
      'two officers and data that is not genuine',
      { ...chip, data_genuine: 'fail', holder_present: 'officer_in_person', second_officer: 'agreed' },
      'reject',
      'data_not_genuine',
    ],
    [
      'two officers and nobody seen',
      { ...chip, holder_present: 'none', second_officer: 'agreed' },
      'wait',
      'needs_officer',
    ],
    [
      'a portrait that an officer compared',
      { ...chip, holder_present: 'officer_by_portrait' },
      'approve',
      'officer_saw_holder',
    ],
    [
      'VNeID that did not say whose account it is',
      { number_valid: 'pass', holder_present: 'vneid' },
      'wait',
      'needs_officer',
    ],
  ] as [string, Checks, string, string][])('%s', (_name, checks, outcome, reason) => {
    expect(decide(checks)).toEqual({ outcome, reason });
  });
});

describe('one officer at a desk', () => {
  const seen: Checks = { ...chip, holder_present: 'officer_in_person', second_officer: 'missing' };
  it.each([
    ['a chip that answered our challenge', { ...seen, card_genuine: 'server_challenge' }, 'approve'],
    ['a chip that answered a phone’s', { ...seen, card_genuine: 'client_challenge' }, 'wait'],
    ['a chip that did not answer', { ...seen, card_genuine: 'absent' }, 'wait'],
    ['another name', { ...seen, card_genuine: 'server_challenge', same_person: 'differs' }, 'wait'],
    [
      'a card that nobody holds',
      { ...seen, card_genuine: 'server_challenge', holder_present: 'none' },
      'wait',
    ],
  ] as [string, Checks, string][])('may do, where the operator allows it: %s', (_name, checks, outcome) => {
    expect(decide(checks, { chipPilot: false, deskOneOfficer: true }).outcome).toBe(outcome);
    expect(decide(checks).outcome).toBe('wait');
  });
});

describe('a case', () => {
  const statuses: CaseStatus[] = [
    'draft',
    'submitted',
    'in_review',
    'approved',
    'rejected',
    'withdrawn',
    'expired',
    'revoked',
    'superseded',
  ];
  it('that has ended stays as it ended', () => {
    for (const from of ['rejected', 'withdrawn', 'expired', 'revoked', 'superseded'] as const) {
      for (const to of statuses) expect(mayMove(from, to), `${from} to ${to}`).toBe(false);
    }
  });
  it('is approved or rejected only after it was submitted, and ends level2 only from approved', () => {
    expect(mayMove('draft', 'approved')).toBe(false);
    expect(mayMove('submitted', 'approved')).toBe(true);
    expect(mayMove('in_review', 'rejected')).toBe(true);
    for (const from of statuses) {
      expect(mayMove(from, 'revoked'), from).toBe(from === 'approved');
    }
  });
});
