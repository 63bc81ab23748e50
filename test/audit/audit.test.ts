/** The audit chain: written with the act or not at all, and nobody changes or removes a line unseen. */
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { performAct, recordEvent, verifyAudit } from '../../src/audit/audit.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const account = '5f0c6a0e-6a35-4d0c-9a3c-1f2f3a4b5c6d';
const event: AuditEvent = {
  event: 'account.suspended',
  account,
  actor: 'officer-1',
  reason: 'Báo mất máy 📱',
};

/** The database, at a moment of the test's choosing. */
function at(index: number) {
  return { db: database.db, clock: () => new Date(1_800_000_000_000 + index) };
}

async function append(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await recordEvent(at(index), event);
  }
}

/** As somebody with the whole database in their hands would. */
async function tamper(statement: string): Promise<void> {
  await sql
    .raw(
      `ALTER TABLE audit_events DISABLE TRIGGER ALL; ${statement}; ALTER TABLE audit_events ENABLE TRIGGER ALL`,
    )
    .execute(database.db);
}

describe('the chain', () => {
  it('holds when nobody touched it, empty or not', async () => {
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true, events: 0 });
    await append(5);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true, events: 5 });
  });

  it('has the account and the time searchable, computed from the text that was hashed', async () => {
    await append(1);
    const row = await database.db.selectFrom('audit_events').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      account_id: account,
      event: 'account.suspended',
      at: new Date(1_800_000_000_000),
    });
  });

  it('is not written when the act fails', async () => {
    const act = performAct(at(0), async ({ record }) => {
      record(event);
      throw new Error('the act failed');
    });
    await expect(act).rejects.toThrow('the act failed');
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true, events: 0 });
  });

  it('has no gaps when many write at once', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        performAct(at(index), async ({ record }) => {
          record(event);
          record(event);
        }),
      ),
    );
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true, events: 80 });
  });

  it.each(['UPDATE audit_events SET body = body', 'DELETE FROM audit_events', 'TRUNCATE audit_events'])(
    'refuses %s',
    async (statement) => {
      await append(1);
      await expect(sql.raw(statement).execute(database.db)).rejects.toThrow('append-only');
    },
  );
});

describe('verification finds', () => {
  it.each([
    [
      'a changed event',
      `UPDATE audit_events SET body = replace(body::text, 'officer-1', 'officer-2')::json WHERE seq = 3`,
      3,
      'event was changed',
    ],
    ['a changed hash', `UPDATE audit_events SET hash = sha256('x') WHERE seq = 2`, 2, 'event was changed'],
    ['a missing event', 'DELETE FROM audit_events WHERE seq = 4', 4, 'event is missing'],
    ['a missing first event', 'DELETE FROM audit_events WHERE seq = 1', 1, 'event is missing'],
    ['a cut-off tail', 'DELETE FROM audit_events WHERE seq > 4', 5, 'events at the end are missing'],
    ['a missing head', 'DELETE FROM audit_head', 0, 'the head of the chain is missing'],
    ['a changed head', `UPDATE audit_head SET hash = sha256('x')`, 6, 'the head was changed'],
    [
      'two events that changed places',
      'UPDATE audit_events SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END WHERE seq IN (2, 3)',
      2,
      'event was changed',
    ],
  ])('%s', async (_name, statement, seq, fault) => {
    await append(6);
    // A primary key is checked row by row: move the pair out of the way first.
    await tamper(
      statement.includes('CASE')
        ? 'UPDATE audit_events SET seq = seq + 100 WHERE seq IN (2, 3); UPDATE audit_events SET seq = CASE seq WHEN 102 THEN 3 ELSE 2 END WHERE seq > 100'
        : statement,
    );
    expect(await verifyAudit(database.db)).toEqual({ ok: false, seq, fault });
  });

  it('an event changed by one space, which means the same', async () => {
    await append(2);
    await tamper(
      `UPDATE audit_events SET body = replace(body::text, '"reason":', '"reason": ')::json WHERE seq = 1`,
    );
    expect(await verifyAudit(database.db)).toMatchObject({ ok: false, seq: 1 });
  });
});
