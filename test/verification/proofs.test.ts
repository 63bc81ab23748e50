/** Proofs of identity on a real database: one person, one level2 account; who waits, who is refused, what is left. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, findAccount } from '../../src/account/accounts.ts';
import { performAct, verifyAudit } from '../../src/audit/audit.ts';
import { Keyring } from '../../src/keyring.ts';
import {
  decideWaitingCase,
  findWaitingCase,
  type Submission,
  type SubmissionResult,
  submitProof,
} from '../../src/verification/proofs.ts';
import {
  endVerification,
  expireVerifications,
  findActiveId,
  findPerson,
} from '../../src/verification/verifications.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const keyring = new Keyring([{ id: 1, key: Buffer.alloc(32, 7) }]);
const an = { personalNumber: '072090000101', fullName: 'Nguyễn Văn An' };
const binh = { personalNumber: '072185000102', fullName: 'Trần Thị Bình' };
let database: TestDatabase;
let now: Date;
const deps = () => ({ db: database.db, clock: () => now });

beforeEach(async () => {
  database = await createTestDatabase();
  now = new Date('2026-11-24T08:00:00Z');
});
afterEach(async () => {
  expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
  await database.close();
});

const account = () => performAct(deps(), (act) => createAccount(act));

function vneid(accountId: string, person = an): Submission {
  return {
    accountId,
    method: 'vneid',
    person,
    checks: { citizen_account: 'pass', number_valid: 'pass', holder_present: 'vneid' },
    evidence: { kind: 'vneid_claims', content: '{}' },
  };
}

function chip(accountId: string, person = an): Submission {
  return {
    accountId,
    method: 'chip',
    person,
    checks: {
      data_genuine: 'pass',
      card_genuine: 'server_challenge',
      number_valid: 'pass',
      holder_present: 'none',
      same_person: 'match',
    },
    evidence: { kind: 'chip_files', content: '{}' },
    expiresAt: new Date('2030-01-02T17:00:00Z'),
  };
}

const submit = (submission: Submission, chipPilot = false): Promise<SubmissionResult> =>
  performAct(deps(), (act) => submitProof(act, keyring, submission, { chipPilot }));

const levelOf = async (id: string) => (await findAccount(database.db, id, now))?.level;

async function openDuplicates(): Promise<number> {
  const rows = await database.db
    .selectFrom('cases')
    .select('id')
    .where('kind', '=', 'duplicate')
    .where('status', '=', 'submitted')
    .execute();
  return rows.length;
}

describe('one person, one level2 account', () => {
  it('a second account with the same number is refused, and leaves one duplicate case however often it tries', async () => {
    const [first, second] = [await account(), await account()];
    expect(await submit(vneid(first))).toMatchObject({ outcome: 'approved' });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await submit(vneid(second))).toMatchObject({ outcome: 'refused', reason: 'duplicate_person' });
    }
    expect([await levelOf(first), await levelOf(second), await openDuplicates()]).toEqual([
      'level2',
      'level1',
      1,
    ]);
  });

  it('ten accounts at the same instant: exactly one wins', async () => {
    const accounts = await Promise.all(Array.from({ length: 10 }, account));
    const results = await Promise.all(accounts.map((id) => submit(vneid(id))));
    expect(results.filter(({ outcome }) => outcome === 'approved')).toHaveLength(1);
    const levels = await Promise.all(accounts.map(levelOf));
    expect(levels.filter((level) => level === 'level2')).toHaveLength(1);
  });

  it('an account never becomes another person, not even after its verification was revoked', async () => {
    const id = await account();
    await submit(vneid(id));
    expect(await submit(vneid(id, binh))).toEqual({ outcome: 'refused', reason: 'other_person' });
    const verification = (await findActiveId(database.db, id)) ?? '';
    await performAct(deps(), (act) =>
      endVerification(act, { id: verification, status: 'revoked', reason: 'test', actor: 'officer' }),
    );
    expect(await submit(vneid(id, binh))).toEqual({ outcome: 'refused', reason: 'other_person' });
    expect(await levelOf(id)).toBe('level1');
    expect(await submit(vneid(id))).toMatchObject({ outcome: 'approved' });
  });

  it('the same person again is a factor and opens no case', async () => {
    const id = await account();
    await submit(vneid(id));
    now = new Date('2026-11-25T08:00:00Z');
    expect(await submit(vneid(id))).toEqual({ outcome: 'approved' });
    expect(await database.db.selectFrom('cases').select('id').execute()).toHaveLength(1);
  });
});

describe('a genuine chip', () => {
  it('waits for an officer, who may approve it; level2 ends with the card', async () => {
    const id = await account();
    expect(await submit(chip(id))).toMatchObject({ outcome: 'waiting', reason: 'needs_officer' });
    expect(await levelOf(id)).toBe('level1');
    const waiting = await findWaitingCase(database.db, id);
    const decision = {
      caseId: waiting?.id ?? '',
      approve: true,
      reason: 'portrait_matches',
      actor: 'officer-1',
    };
    expect(await performAct(deps(), (act) => decideWaitingCase(act, keyring, decision))).toMatchObject({
      outcome: 'approved',
    });
    expect(await findPerson(database.db, { keyring, now }, id)).toMatchObject({
      personalNumber: an.personalNumber,
    });
    expect(await findAccount(database.db, id, now)).toMatchObject({
      level: 'level2',
      levelExpiresAt: new Date('2030-01-02T17:00:00Z'),
    });

    now = new Date('2030-01-02T17:00:00Z');
    expect(await findAccount(database.db, id, now)).toMatchObject({
      level: 'level1',
      levelReason: 'verification_expired',
    });
    await expireVerifications(deps());
    const { status } = await database.db
      .selectFrom('verifications')
      .select('status')
      .where('account_id', '=', id)
      .executeTakeFirstOrThrow();
    expect(status).toBe('expired');
    expect(await findAccount(database.db, id, now)).toMatchObject({
      level: 'level1',
      levelReason: 'verification_expired',
    });
  });

  it('is rejected by an officer, and the account stays as it was', async () => {
    const id = await account();
    const { caseId = '' } = (await submit(chip(id))) as { caseId?: string };
    await performAct(deps(), (act) =>
      decideWaitingCase(act, keyring, { caseId, approve: false, reason: 'another_face', actor: 'officer-1' }),
    );
    expect(await levelOf(id)).toBe('level1');
    const again = { caseId, approve: true, reason: 'changed_mind', actor: 'officer-2' };
    await expect(performAct(deps(), (act) => decideWaitingCase(act, keyring, again))).rejects.toThrow(
      'cannot go from rejected',
    );
  });

  it('handed in again replaces the one that waits', async () => {
    const id = await account();
    const first = (await submit(chip(id))) as { caseId?: string };
    await submit(chip(id));
    const row = await database.db
      .selectFrom('cases')
      .select(['status', 'reason'])
      .where('id', '=', first.caseId ?? '')
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ status: 'withdrawn', reason: 'replaced' });
  });

  it('with the pilot switch is approved at once, unless the name differs or the challenge was not ours', async () => {
    const [good, other, own] = [await account(), await account(), await account()];
    const named = chip(other, binh);
    expect(await submit(chip(good), true)).toMatchObject({ outcome: 'approved' });
    expect(
      await submit({ ...named, checks: { ...named.checks, same_person: 'differs' } }, true),
    ).toMatchObject({ outcome: 'waiting', reason: 'name_differs' });
    const phone = chip(own, { personalNumber: '080148000103', fullName: 'Lê Thị Bảy' });
    expect(
      await submit({ ...phone, checks: { ...phone.checks, card_genuine: 'client_challenge' } }, true),
    ).toMatchObject({ outcome: 'waiting' });
  });

  it('of somebody who is level2 elsewhere does not get as far as an officer', async () => {
    const [first, second] = [await account(), await account()];
    await submit(vneid(first));
    expect(await submit(chip(second))).toMatchObject({ outcome: 'refused', reason: 'duplicate_person' });
    expect(await findWaitingCase(database.db, second)).toBeUndefined();
  });

  it('that waited while another account proved the number cannot be approved any more', async () => {
    const [first, second] = [await account(), await account()];
    const { caseId = '' } = (await submit(chip(first))) as { caseId?: string };
    await submit(vneid(second));
    const decision = { caseId, approve: true, reason: 'portrait_matches', actor: 'officer-1' };
    expect(await performAct(deps(), (act) => decideWaitingCase(act, keyring, decision))).toMatchObject({
      outcome: 'refused',
      reason: 'duplicate_person',
    });
    expect(await openDuplicates()).toBe(1);
  });
});

describe('what is kept', () => {
  it('opens with the keyring only', async () => {
    const id = await account();
    await submit(chip(id));
    const tables = ['cases', 'case_evidence', 'case_checks', 'verifications', 'audit_events'] as const;
    for (const table of tables) {
      const text = JSON.stringify(await database.db.selectFrom(table).selectAll().execute(), (_key, value) =>
        typeof value === 'bigint'
          ? String(value)
          : value?.type === 'Buffer'
            ? Buffer.from(value.data).toString('latin1')
            : value,
      );
      expect(text, table).not.toContain(an.personalNumber);
      expect(text, table).not.toContain('Nguyễn');
    }
  });
});
