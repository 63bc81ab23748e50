/** An account with something in every table that can hold something of a citizen. */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { rollUpUses } from '../../src/reports/uses.ts';
import { agree, signInWithZalo } from './citizen.ts';
import type { Product } from './product.ts';
import type { RelyingParty } from './relying-party.ts';
import type { Visitor } from './visitor.ts';

export const FULL = {
  pin: '482915',
  picture: 'chip-picture-that-stays',
  device: 'Chrome/Android',
  note: 'officer-note-of-the-case',
};

let numbers = 0;

export type FullAccount = {
  account: string;
  phone: string;
  visitor: Visitor;
  tokens: Awaited<ReturnType<RelyingParty['redeem']>>;
};

/** Verified by VNeID, with a PIN, tokens, and rows of everything else put in by hand. */
export async function makeFullAccount(
  product: Product,
  app: RelyingParty,
  person: string,
): Promise<FullAccount> {
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, {
    scope: 'openid profile offline_access hoso.nop',
    claims: { id_token: { acr: { essential: true, value: 'level2' } } },
  });
  await signInWithZalo(visitor, person);
  await visitor.submit('form-vneid');
  await visitor.submit(undefined, { person });
  await visitor.submit('form-set-pin', { pin: FULL.pin, again: FULL.pin });
  await agree(visitor);
  const tokens = await app.redeem(visitor, attempt);
  const { account_id } = await product.deps.db
    .selectFrom('audit_events')
    .select('account_id')
    .where('event', '=', 'step_up.succeeded')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const account = account_id ?? '';
  numbers += 1;
  const phone = `+84912${String(numbers).padStart(6, '0')}`;
  await fillByHand(product, account, phone);
  return { account, phone, visitor, tokens };
}

async function fillByHand(
  { deps: { db, keyring, clock } }: Product,
  account: string,
  phone: string,
): Promise<void> {
  const now = clock();
  const later = new Date(now.getTime() + 3600_000);
  const [caseRow] = await db.selectFrom('cases').select('id').where('account_id', '=', account).execute();
  const caseId = caseRow?.id ?? '';
  await db
    .insertInto('phones')
    .values({
      account_id: account,
      number_hash: keyring.index('phone', phone),
      sealed: keyring.seal('phone', account, phone),
      source: 'zalo',
      verified_at: now,
      status: 'active',
      changed_at: now,
    })
    .execute();
  const content = JSON.stringify({ sod: 'c29k', dg1: 'ZGcx', dg2: FULL.picture });
  await db
    .insertInto('case_evidence')
    .values({
      case_id: caseId,
      kind: 'chip_files',
      sealed: keyring.seal('evidence', `${caseId}/chip_files`, content),
      purge_after: later,
    })
    .execute();
  await db
    .insertInto('case_evidence')
    .values({
      case_id: caseId,
      kind: 'live_photo',
      sealed: keyring.seal('evidence', `${caseId}/live_photo`, Buffer.from(`\xff\xd8 ${FULL.picture}`)),
      purge_after: later,
    })
    .execute();
  const officer = await db.selectFrom('officers').select('id').limit(1).executeTakeFirstOrThrow();
  const decision = randomUUID();
  await db
    .insertInto('case_decisions')
    .values({
      ...{ id: decision, case_id: caseId, officer_id: officer.id, outcome: 'approve', reason: 'same_face' },
      note_sealed: keyring.seal('evidence', `decision/${decision}`, FULL.note),
      ...{ decided_at: now, counts_at: now, status: 'counts' },
    })
    .execute();
  await db
    .insertInto('card_readings')
    .values({
      id: randomUUID(),
      code_hash: randomBytes(32),
      account_id: account,
      status: 'waiting',
      created_at: now,
      expires_at: later,
    })
    .execute();
  await fillDesk(db, { account, caseId, officer: officer.id, now });
  await db
    .insertInto('card_proofs_seen')
    .values({ proof_hash: randomBytes(32), account_id: account, seen_at: now })
    .execute();
  await db
    .insertInto('mini_app_steps')
    .values({
      id_hash: randomBytes(32),
      handle_hash: randomBytes(32),
      account_id: account,
      client_id: 'sandbox-app',
      page: 'account',
      status: 'new',
      sealed: randomBytes(32),
      created_at: now,
      handle_expires_at: later,
      expires_at: later,
    })
    .execute();
  await db
    .insertInto('devices')
    .values({
      account_id: account,
      device_hash: randomBytes(32),
      label: FULL.device,
      first_seen_at: now,
      last_seen_at: now,
    })
    .execute();
  await db
    .insertInto('account_uses')
    .values({
      account_id: account,
      client_id: 'sandbox-elsewhere',
      used_day: '2026-01-02',
      level2_day: '2026-01-02',
    })
    .execute();
  // What the sign-in left to count is counted now: the job must not do it between two looks of a test.
  await rollUpUses({ db, clock });
  await db
    .insertInto('error_pages')
    .values({ code_hash: randomBytes(32), account_id: account, shown_at: now })
    .execute();
  await db
    .insertInto('introspection_counts')
    .values({ account_id: account, client_id: 'sandbox-api', day: '2026-01-02', count: 7n })
    .execute();
}

/** A visit to a desk that is over, the slip that was taken home from it, and the second look it was drawn for. */
async function fillDesk(
  db: Product['deps']['db'],
  { account, caseId, officer, now }: { account: string; caseId: string; officer: string; now: Date },
): Promise<void> {
  await db
    .insertInto('desk_visits')
    .values({
      ...{ id: randomUUID(), officer_id: officer, account_id: account, case_id: caseId, way: 'zalo' },
      ...{ started_at: now, seen_at: now, ended_at: now, expires_at: now },
    })
    .execute();
  const { id: verification } = await db
    .selectFrom('verifications')
    .select('id')
    .where('account_id', '=', account)
    .executeTakeFirstOrThrow();
  await db
    .insertInto('proof_slips')
    .values({
      id: String(numbers).padStart(12, '0'),
      ...{ case_id: caseId, verification_id: verification, account_id: account, issued_by: officer },
      ...{ signed_hash: randomBytes(32), signed_sealed: randomBytes(64), issued_at: now },
    })
    .execute();
  await db
    .insertInto('re_audits')
    .values({ case_id: caseId, account_id: account, decided_by: officer, drawn_at: now, due_at: now })
    .execute();
}

/** How many rows each table that names an account has of this one. */
export async function countByTable({ deps: { db } }: Product, account: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'account_id' ORDER BY table_name`.execute(db);
  const counts = new Map<string, number>();
  for (const { table_name, column_name } of rows) {
    const found = await sql<{ n: bigint }>`
      SELECT count(*) AS n FROM ${sql.table(table_name)} WHERE ${sql.ref(column_name)} = ${account}`.execute(
      db,
    );
    counts.set(table_name, Number(found.rows[0]?.n ?? 0));
  }
  return counts;
}
