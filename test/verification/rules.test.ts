/** The table from checks to decision, and the moves a case may make. */
import { describe, expect, it } from 'vitest';
import { type CaseStatus, mayMove } from '../../src/verification/cases.ts';
import { type Checks, decide } from '../../src/verification/rules.ts';

const good: Checks = { citizen_account: 'pass', number_valid: 'pass', holder_present: 'vneid' };

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
      'VNeID that did not say whose account it is',
      { number_valid: 'pass', holder_present: 'vneid' },
      'wait',
      'needs_officer',
    ],
  ] as [string, Checks, string, string][])('%s', (_name, checks, outcome, reason) => {
    expect(decide(checks)).toEqual({ outcome, reason });
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
