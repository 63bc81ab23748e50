/**
 * Twenty officers on one queue, on two nodes of one database: no case is decided twice and none is lost, also when an
 * officer's process is killed in the middle of a decision; and the audit chain holds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performAct, verifyAudit } from '../../src/audit/audit.ts';
import type { Deps } from '../../src/deps.ts';
import { settleCases } from '../../src/officer/case-decisions.ts';
import { setCredential } from '../../src/officer/credentials.ts';
import { addOfficer } from '../../src/officer/officers.ts';
import { beginSession, completeSession } from '../../src/officer/sessions.ts';
import { confirm, officerId, signInOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { Visitor } from '../support/visitor.ts';
import { numberOf, openWaitingCase } from '../support/waiting-case.ts';

const OFFICERS = 20;
const CASES = 60;

let product: Product;
beforeAll(async () => {
  product = await startProduct({ nodes: 2 });
});
afterAll(() => product?.close());

const at = (path = '') => `${product.issuer}/console${path}`;

/** An officer at work: their session is made here, because twenty passwords are not what this is about. */
async function startOfficer(deps: Deps, index: number): Promise<{ id: string; visitor: Visitor }> {
  const { random, keyring } = deps;
  const login = `race-${String(index).padStart(2, '0')}`;
  const { id, token } = await performAct(deps, async (act) => {
    const given = { login, name: `Cán bộ ${index}`, role: 'reviewer', communes: [], by: 'operator' } as const;
    const added = await addOfficer(act, { ...given, communes: [] });
    if ('fault' in added) throw new Error(added.fault);
    const { id } = added;
    await act.trx.updateTable('officers').set({ status: 'active' }).where('id', '=', id).execute();
    await setCredential(act, keyring, id, { kind: 'totp', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PX2' });
    await beginSession(act, random, id);
    const half = await act.trx
      .selectFrom('officer_sessions')
      .select('id_hash')
      .where('officer_id', '=', id)
      .executeTakeFirstOrThrow();
    const officer = { id, login, name: '', role: 'reviewer', communes: [], status: 'active' } as const;
    const session = { idHash: half.id_hash, officer: { ...officer, communes: [] } };
    return { id, token: await completeSession(act, random, session) };
  });
  const visitor = new Visitor();
  visitor.setCookie(at(), 'tnid_officer', token ?? '', '/console');
  return { id, visitor };
}

/** Takes case after case and decides each, until none is left. */
async function workOff(visitor: Visitor, decisions: readonly string[]): Promise<number> {
  let decided = 0;
  for (let round = 0; round < CASES * 2; round += 1) {
    await visitor.open(at('/cases'));
    if (!visitor.has('form-next')) return decided;
    await visitor.submit('form-next');
    // The last ones are all held by others.
    if (visitor.page.url.includes('fault=none_left')) return decided;
    expect(visitor.has('form-decide'), visitor.text).toBe(true);
    const page = visitor.page;
    await visitor.submit('form-decide', { decision: decisions[round % decisions.length] ?? '' });
    // Whoever presses twice decides once.
    visitor.page = page;
    await visitor.submit('form-decide', { decision: 'reject:not_live' });
    decided += 1;
  }
  return decided;
}

describe('twenty officers', () => {
  it('decide sixty cases, each once', { timeout: 120_000 }, async () => {
    const { deps } = product;
    const cases: string[] = [];
    for (let index = 0; index < CASES; index += 1)
      cases.push((await openWaitingCase(product, { number: numberOf(index) })).caseId);
    const officers: Awaited<ReturnType<typeof startOfficer>>[] = [];
    for (let index = 0; index < OFFICERS; index += 1) officers.push(await startOfficer(deps, index));
    const wishes = ['approve:same_face', 'reject:another_face', 'ask:come_to_desk'];
    const counts = await Promise.all(officers.map(({ visitor }) => workOff(visitor, wishes)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(CASES);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(5);

    const made = await deps.db
      .selectFrom('case_decisions')
      .select(['case_id', 'outcome', 'officer_id'])
      .execute();
    expect(made.map(({ case_id }) => case_id).sort()).toEqual([...cases].sort());
    product.travel(3 * 60);
    // Two nodes and a hand at once: what is due counts once.
    await Promise.all([settleCases(deps), settleCases(deps), settleCases(deps)]);
    await settleCases(deps);
    const { rows } = await sql<{ case_id: string; count: number }>`
      SELECT body ->> 'case' AS case_id, count(*)::int AS count FROM audit_events
      WHERE event IN ('case.decided', 'case.asked') GROUP BY 1`.execute(deps.db);
    expect(rows.length).toBe(CASES);
    expect(rows.filter(({ count }) => count !== 1)).toEqual([]);
    const ended = await deps.db.selectFrom('cases').select(['id', 'status']).execute();
    const statusOf = new Map(ended.map(({ id, status }) => [id, status]));
    const becomes: Record<string, string> = { approve: 'approved', reject: 'rejected', ask: 'draft' };
    for (const { case_id, outcome } of made) expect(statusOf.get(case_id)).toBe(becomes[outcome]);
    expect(await verifyAudit(deps.db)).toMatchObject({ ok: true });
  });
});

describe('an officer’s process', () => {
  it('killed in the middle of a decision leaves nothing half, and the case comes back', {
    timeout: 60_000,
  }, async () => {
    const { deps, database } = product;
    const { caseId } = await openWaitingCase(product, { number: numberOf(CASES + 1) });
    const officer = await officerId(product, 'hanh');
    const program = fileURLToPath(new URL('../support/officer-process.ts', import.meta.url));
    const args = [program, database.url, officer, caseId, String(deps.clock().getTime())];
    const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
    expect(String(said).trim()).toBe('taken decided');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const find = () =>
      deps.db
        .selectFrom('cases')
        .select(['status', 'held_by'])
        .where('id', '=', caseId)
        .executeTakeFirstOrThrow();
    const decisions = await deps.db
      .selectFrom('case_decisions')
      .select('id')
      .where('case_id', '=', caseId)
      .execute();
    expect(decisions).toEqual([]);
    // Taken, and not decided: until the hold runs out nobody else gets it, and then the next one does.
    expect(await find()).toEqual({ status: 'submitted', held_by: officer });
    const quang = await signInOfficer(product, 'quang');
    await quang.open(at(`/cases/${caseId}`));
    expect(quang.has('form-take')).toBe(false);
    product.travel(14 * 60);
    await quang.open(at('/cases'));
    product.travel(2 * 60);
    await quang.open(at('/cases'));
    await quang.submit('form-next');
    expect(quang.page.url).toBe(at(`/cases/${caseId}`));
    await quang.submit('form-decide', { decision: 'approve:same_face' });
    await confirm(product, 'quang', quang);
    product.travel(3 * 60);
    await settleCases(deps);
    expect((await find()).status).toBe('approved');
    expect(await verifyAudit(deps.db)).toMatchObject({ ok: true });
  });
});
