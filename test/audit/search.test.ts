/** An auditor searches the chain, and the day's head is kept for those outside. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { performAct } from '../../src/audit/audit.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import { keepDailyHeads, listDailyHeads } from '../../src/audit/heads.ts';
import { searchAudit } from '../../src/audit/search.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const [an, binh, caseId] = [randomUUID(), randomUUID(), randomUUID()];

async function happen(time: string, event: AuditEvent): Promise<void> {
  await performAct({ db: database.db, clock: () => new Date(time) }, async ({ record }) => record(event));
}

async function fill(): Promise<void> {
  await happen('2026-11-20T01:00:00Z', {
    event: 'sign_in.succeeded',
    account: an,
    client: 'app',
    method: 'zalo',
    level: 'level1',
  });
  await happen('2026-11-21T01:00:00Z', {
    event: 'officer.looked',
    account: an,
    actor: 'officer:1',
    purpose: 'help_desk',
  });
  await happen('2026-11-22T01:00:00Z', {
    event: 'case.decided',
    account: binh,
    case: caseId,
    status: 'approved',
    reason: 'ok',
    actor: 'officer:2',
  });
  await happen('2026-11-23T01:00:00Z', {
    event: 'account.suspended',
    account: binh,
    actor: 'officer:1',
    reason: 'fraud',
  });
}

const numbers = async (question: Parameters<typeof searchAudit>[1], limit = 10) =>
  (await searchAudit(database.db, question, limit)).map(({ seq }) => Number(seq));

describe('a search', () => {
  it('finds by person, officer, case, app, kind and time, newest first', async () => {
    await fill();
    expect(await numbers({})).toEqual([4, 3, 2, 1]);
    expect(await numbers({ account: an })).toEqual([2, 1]);
    expect(await numbers({ actor: 'officer:1' })).toEqual([4, 2]);
    expect(await numbers({ caseId })).toEqual([3]);
    expect(await numbers({ client: 'app' })).toEqual([1]);
    expect(await numbers({ event: 'officer.looked' })).toEqual([2]);
    expect(
      await numbers({ from: new Date('2026-11-21T01:00:00Z'), until: new Date('2026-11-23T01:00:00Z') }),
    ).toEqual([3, 2]);
    expect(await numbers({ actor: 'officer:1', until: new Date('2026-11-22T00:00:00Z') })).toEqual([2]);
    expect(await numbers({ from: new Date('2027-01-01T00:00:00Z') })).toEqual([]);
  });

  it('goes on where a page ended', async () => {
    await fill();
    expect(await numbers({}, 3)).toEqual([4, 3, 2]);
    expect(await numbers({ before: 2n }, 3)).toEqual([1]);
  });

  it('finds lines whose time and number are in different orders: an act that took long', async () => {
    await happen('2026-11-20T00:02:00Z', { event: 'export.made', account: an });
    await happen('2026-11-20T00:01:00Z', { event: 'export.made', account: binh });
    const from = new Date('2026-11-20T00:02:00Z');
    expect(await numbers({ from })).toEqual([1]);
    expect(await numbers({ until: from })).toEqual([2]);
  });
});

describe('the daily head', () => {
  it('is the last line of each day in Viet Nam, kept once, and days that were missed are made up for', async () => {
    await fill();
    await happen('2026-11-23T18:00:00Z', { event: 'export.made', account: an }); // already the 24th in Viet Nam
    expect(await keepDailyHeads(database.db, new Date('2026-11-22T17:30:00Z'))).toBe(3);
    expect(await keepDailyHeads(database.db, new Date('2026-11-24T17:30:00Z'))).toBe(2);
    expect(await keepDailyHeads(database.db, new Date('2026-11-24T18:30:00Z'))).toBe(0);
    const heads = await listDailyHeads(database.db, 10);
    expect(heads.map(({ day, seq }) => [day, Number(seq)])).toEqual([
      ['2026-11-24', 5],
      ['2026-11-23', 4],
      ['2026-11-22', 3],
      ['2026-11-21', 2],
      ['2026-11-20', 1],
    ]);
    const { rows } = await sql<{ hash: Buffer }>`SELECT hash FROM audit_events WHERE seq = 5`.execute(
      database.db,
    );
    expect(heads[0]?.hash).toBe(rows[0]?.hash.toString('hex'));
  });

  it('is none of a chain without a line', async () => {
    expect(await keepDailyHeads(database.db, new Date())).toBe(0);
  });
});
