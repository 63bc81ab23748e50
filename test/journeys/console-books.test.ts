/** The books: an auditor searches the log, has it checked, takes lines away; the public keeps heads; counts are told. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { compactVerify, createRemoteJWKSet } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performAct, verifyAudit } from '../../src/audit/audit.ts';
import { keepDailyHeads } from '../../src/audit/heads.ts';
import { rollUp } from '../../src/reports/roll-up.ts';
import { proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { nextCode, officerId, signInOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { Visitor } from '../support/visitor.ts';

const DAY = 24 * 3600;

let product: Product;
let auditor: Visitor;
let citizen: string;
beforeAll(async () => {
  product = await startProduct();
  await openAccount();
  auditor = await signInOfficer(product, 'yen');
  const { rows } = await sql<{ id: string }>`SELECT id FROM accounts LIMIT 1`.execute(product.deps.db);
  citizen = rows[0]?.id ?? '';
});
afterAll(() => product?.close());

const at = (path = '') => `${product.issuer}/console${path}`;

/** A citizen, signed in on their own pages. */
async function openAccount(): Promise<Visitor> {
  const visitor = new Visitor();
  await visitor.open(`${product.issuer}/account`);
  await signInWithZalo(visitor, 'bay');
  return visitor;
}

async function lastEvent(name: string): Promise<Record<string, unknown> | undefined> {
  const { rows } = await sql<{ body: Record<string, unknown> }>`
    SELECT body FROM audit_events WHERE event = ${name} ORDER BY seq DESC LIMIT 1`.execute(product.deps.db);
  return rows[0]?.body;
}

describe('a search of the log', () => {
  it('asks why before it shows anything about a person, and that person reads it', async () => {
    await auditor.open(at('/audit'));
    await auditor.submit('form-search', { who: citizen });
    expect(auditor.text).toContain('phải chọn lý do');
    expect(auditor.page.html).not.toContain('class="log"');
    expect(await lastEvent('audit.searched')).toBeUndefined();

    await auditor.submit('form-search', { who: citizen, purpose: 'complaint' });
    expect(auditor.text).toContain('Lập tài khoản, bằng Zalo.');
    expect(auditor.text).toContain('sign_in.succeeded');
    expect(await lastEvent('audit.searched')).toMatchObject({
      account: citizen,
      actor: await officerId(product, 'yen'),
      purpose: 'complaint',
      question: {},
    });
    const reader = await openAccount();
    await reader.open(`${product.issuer}/account/ledger`);
    expect(reader.text).toContain('Cán bộ đã xem sổ ghi về mình. Lý do: giải quyết phản ánh, khiếu nại');
  });

  it('finds by officer and kind, in both languages, and writes down what was asked', async () => {
    await auditor.open(at('/audit'));
    await auditor.submit('form-search', { officer: 'yen', event: 'officer.signed_in' });
    expect(auditor.text).toContain('Cán bộ đăng nhập.');
    expect(auditor.text).not.toContain('Nguyên văn · officer.added');
    expect(await lastEvent('audit.searched')).toMatchObject({
      account: null,
      question: { officer: 'yen', event: 'officer.signed_in' },
    });
    await auditor.open(`${auditor.page.url}&lang=en`);
    expect(auditor.text).toContain('An officer signed in.');
    await auditor.open(at('/audit?lang=vi'));
  });

  it('leads on by the number of the last line, and back', async () => {
    const { deps } = product;
    await performAct(deps, async ({ record }) => {
      for (let line = 0; line < 60; line += 1) record({ event: 'zalo_oa.token_set', actor: `test-${line}` });
    });
    await auditor.open(at('/audit?event=zalo_oa.token_set'));
    const seen: string[] = [];
    for (let page = 0; page < 3; page += 1) {
      seen.push(...[...auditor.page.html.matchAll(/<b>(\d+)<\/b>/g)].map(([, seq]) => seq ?? ''));
      const older = /id="link-older"[^>]* href="([^"]+)"/.exec(auditor.page.html)?.[1];
      expect(older === undefined).toBe(page === 2);
      if (older) await auditor.open(product.issuer + older.replaceAll('&amp;', '&'));
    }
    expect(seen).toHaveLength(60);
    expect(seen).toEqual([...new Set(seen)].sort((one, other) => Number(other) - Number(one)));
    expect(auditor.page.html).toContain('id="link-newest"');
  });

  it('has no number of a person in its address, and a miss is written down, too', async () => {
    await auditor.open(at('/audit'));
    for (const who of ['072188000999', '0912 345 678', '00000000-0000-4000-8000-000000000000']) {
      await auditor.submit('form-search', { who, purpose: 'misuse' });
      expect(auditor.text).toContain('Không có tài khoản nào như vậy');
      expect(auditor.page.url).toBe(at('/audit?fault=who'));
    }
    expect(await lastEvent('audit.searched')).toMatchObject({ account: null, question: { who: 'account' } });
    expect(product.logged()).not.toMatch(/072188000999|345 ?678/);
  });

  it('is for officers of the whole province, though a supervisor of a commune is one', async () => {
    const { db } = product.deps;
    const scope = (communes: string[]) =>
      db.updateTable('officers').set({ communes }).where('login', '=', 'lien').execute();
    const supervisor = await signInOfficer(product, 'lien');
    await supervisor.open(at('/audit'));
    expect(supervisor.page.status).toBe(200);
    await scope(['99001']);
    await supervisor.open(at('/audit'));
    expect(supervisor.page.status).toBe(403);
    await supervisor.open(at('/reports'));
    expect(supervisor.page.status).toBe(200);
    expect(supervisor.page.html).not.toContain('href="/console/audit"');
    await scope([]);
  });
});

describe('the check of the whole log', () => {
  async function check(): Promise<string> {
    await auditor.open(at('/audit/chain'));
    await auditor.submit('form-check');
    for (let turn = 0; turn < 100; turn += 1) {
      await auditor.open(at('/audit/chain'));
      const state = /data-state="(\w+)"/.exec(auditor.page.html)?.[1];
      if (state && state !== 'running') return state;
      await wait(100);
    }
    return 'never';
  }

  it('is done by a job, and shows when, up to where, and the head', async () => {
    expect(await check()).toBe('whole');
    expect(auditor.text).toContain('Sổ nguyên vẹn, đến dòng số');
    const { rows } = await sql<{ done: string; hash: string }>`
      SELECT c.done_seq::text AS done, encode(e.hash, 'hex') AS hash
      FROM audit_checks c JOIN audit_events e ON e.seq = c.done_seq`.execute(product.deps.db);
    expect(auditor.page.html).toContain(rows[0]?.hash ?? 'no line');
    expect(await lastEvent('audit.check_started')).toMatchObject({ actor: await officerId(product, 'yen') });
  });

  it('finds a line that was changed by whoever rules the database', async () => {
    const { db } = product.deps;
    const change = (from: string, to: string) =>
      db.transaction().execute(async (trx) => {
        await sql`ALTER TABLE audit_events DISABLE TRIGGER audit_events_append_only`.execute(trx);
        await sql`UPDATE audit_events SET body = replace(body::text, ${from}, ${to})::json
          WHERE body ->> 'actor' = 'test-7' OR body ->> 'actor' = 'tesx-7'`.execute(trx);
        await sql`ALTER TABLE audit_events ENABLE TRIGGER audit_events_append_only`.execute(trx);
      });
    await change('test-7', 'tesx-7');
    expect(await check()).toBe('broken');
    expect(auditor.text).toContain('Một dòng đã bị sửa');
    await change('tesx-7', 'test-7');
    expect(await check()).toBe('whole');
  });
});

describe('the head of each day', () => {
  it('is published, signed, and kept in caches; and a chain is held against what was kept', async () => {
    const { db, clock } = product.deps;
    product.travel(DAY);
    await keepDailyHeads(db, clock());
    const address = `${product.issuer}/.well-known/tay-ninh-id/audit-heads`;
    const plain = await fetch(address);
    expect(plain.headers.get('cache-control')).toBe('public, max-age=3600');
    const text = await plain.text();
    const { heads } = JSON.parse(text);
    expect(heads.length).toBeGreaterThan(0);
    const known = { 'if-none-match': plain.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    const again = await fetch(address, { headers: known });
    expect(again.status).toBe(304);
    const jws = (await (await fetch(`${address}.jws`)).text()).trim();
    const keys = createRemoteJWKSet(new URL(`${product.issuer}/jwks`));
    const { payload } = await compactVerify(jws, keys);
    expect(Buffer.from(payload).toString()).toBe(text);
    expect((await fetch(`${address}?before=2026-02-31`)).status).toBe(200);
    expect(JSON.parse(await (await fetch(`${address}?before=${heads.at(-1).day}`)).text()).heads).toEqual([]);

    const folder = await mkdtemp(join(tmpdir(), 'tnid-heads-'));
    try {
      await writeFile(join(folder, 'heads.json'), text);
      await writeFile(join(folder, 'heads.jws'), jws);
      const other = { heads: [{ ...heads[0], hash: '0'.repeat(64) }] };
      await writeFile(join(folder, 'other.json'), JSON.stringify(other));
      const later = { heads: [{ ...heads[0], seq: 1_000_000 }] };
      await writeFile(join(folder, 'later.json'), JSON.stringify(later));
      const verify = (file: string) => cli('audit', 'verify', '--heads', join(folder, file));
      expect(await verify('heads.json')).toMatchObject({
        code: 0,
        out: expect.stringContaining('were kept'),
      });
      expect(await verify('heads.jws')).toMatchObject({ code: 0 });
      const fault = `broken at event ${heads[0].seq}: another head was published`;
      expect(await verify('other.json')).toMatchObject({ code: 1, err: expect.stringContaining(fault) });
      expect(await verify('later.json')).toMatchObject({
        code: 1,
        err: expect.stringContaining('at the end'),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a signed file', () => {
  it('asks for the factor, says what it is, and holds against signature and chain; a changed one does not', async () => {
    auditor = await signInOfficer(product, 'yen', auditor);
    product.travel(301);
    await auditor.open(at('/audit?event=zalo_oa.token_set'));
    await auditor.submit('form-export');
    expect(auditor.has('form-confirm')).toBe(true);
    expect(await lastEvent('audit.exported')).toBeUndefined();
    const carried = /name="carried" value="([^"]+)"/.exec(auditor.page.html)?.[1] ?? '';
    const answer = await auditor.fetch(at('/audit/export'), {
      method: 'POST',
      body: new URLSearchParams({ carried, code: nextCode(product, 'yen') }),
      headers: { origin: product.issuer },
    });
    expect(answer.headers.get('content-type')).toBe('application/zip');
    const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
    expect(Object.keys(files)).toEqual(['tay-ninh-id-audit.csv', 'tay-ninh-id-audit.csv.jws']);
    expect(await lastEvent('audit.exported')).toMatchObject({ question: { event: 'zalo_oa.token_set' } });

    const folder = await mkdtemp(join(tmpdir(), 'tnid-export-'));
    const csv = join(folder, 'tay-ninh-id-audit.csv');
    try {
      for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
      const keys = join(folder, 'jwks.json');
      await writeFile(keys, await (await fetch(`${product.issuer}/jwks`)).text());
      const checkFile = () => cli('audit', 'check-export', csv, '--keys', keys);
      const right = await checkFile();
      expect(right).toMatchObject({
        code: 0,
        out: expect.stringContaining('all 60 lines stand in the chain'),
      });
      expect(right.out).toMatch(/^signed at 20\S+ with key \S+$/m);
      const text = await readFile(csv, 'utf8');
      await writeFile(csv, text.replaceAll('test-8', 'test-9'));
      expect(await checkFile()).toMatchObject({
        code: 1,
        err: expect.stringMatching(/changed after it was signed[\s\S]*does not stand in the chain so/),
      });
      await writeFile(csv, text.replace(/\r\n[^\r]+\r\n$/, '\r\n'));
      expect(await checkFile()).toMatchObject({ code: 1, out: expect.stringContaining('all 59 lines') });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the reports', () => {
  it('show what happened, day by day', async () => {
    await rollUp(product.deps.db);
    await auditor.open(at('/reports'));
    expect(auditor.page.status).toBe(200);
    for (const kind of ['sign-ins', 'verified', 'times', 'refusals', 'step-ups', 'lockouts', 'upstreams']) {
      expect(auditor.page.html).toContain(`/console/reports/${kind}?from=`);
    }
    await auditor.open(at('/reports/sign-ins'));
    expect(auditor.page.html).toContain('role="img"');
    expect(auditor.text).toContain('Mức 1 (Zalo)');
    await auditor.submit('form-period', { from: '2026-11-01', until: '2026-11-30' });
    expect(auditor.page.url).toBe(at('/reports/sign-ins?from=2026-11-01&until=2026-11-30'));
    await auditor.submit('form-period', { from: '2026-01-01', until: '2026-11-30' });
    expect(auditor.text).toContain('Theo tuần');
    // 334 days are 48 weeks; the last one is whole, and the first one begins before the period.
    expect(auditor.page.html.match(/<rect class="day"/g)).toHaveLength(48);
    expect(auditor.page.html).toContain('<title>Tuần từ ngày 24/11/2026');
    await auditor.submit('form-period', { from: '2026-11-30', until: '2026-11-01' });
    expect(auditor.text).toContain('Ngày chưa đúng');
  });

  it('follow a step-up from the question to its end, and count an upstream that fails', async () => {
    const { db } = product.deps;
    const visitor = await openAccount();
    await visitor.submit('form-verify');
    await visitor.open(visitor.page.url);
    await proveWithVneid(visitor, 'bay');
    const failing = new Visitor();
    await failing.open(`${product.issuer}/account`);
    await signInWithZalo(failing, 'an', 'me:malformed');
    expect(failing.page.status).toBe(502);
    const counts = async () => {
      await rollUp(db);
      const { rows } = await sql<{ line: string }>`
        SELECT concat_ws(' ', name, key, detail, count) AS line FROM report_counts
        WHERE name LIKE 'step_ups%' OR name = 'upstream_errors' ORDER BY 1`.execute(db);
      return rows.map(({ line }) => line);
    };
    for (let turn = 0; turn < 80 && (await counts()).length < 4; turn += 1) await wait(100);
    expect(await counts()).toEqual([
      'step_ups tay-ninh-id vneid 1',
      'step_ups_asked tay-ninh-id  1',
      'step_ups_started tay-ninh-id vneid 1',
      'upstream_errors zalo zalo_unavailable 1',
    ]);
    await auditor.open(at('/reports/step-ups'));
    expect(auditor.text).toContain('100% số lượt được hỏi');
    await db.deleteFrom('report_counts').where('name', '=', 'upstream_errors').execute();
  });

  it('tell no count below five outside, and write down who took them', async () => {
    const { db, clock } = product.deps;
    const today = new Date(clock().getTime() + 7 * 3600_000).toISOString().slice(0, 10);
    const row = { name: 'upstream_errors', day: today as never, key: 'zalo' };
    await db
      .insertInto('report_counts')
      .values([
        { ...row, detail: 'zalo_refused', count: 4n },
        { ...row, detail: 'zalo_unavailable', count: 1_234n },
      ])
      .execute();
    await auditor.open(at('/reports/upstreams'));
    expect(auditor.text).toContain('1.234');
    const answer = await auditor.fetch(at('/reports/upstreams/csv'));
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(await answer.text()).toBe(
      `ngay,muc,chi_tiet,so_luot\r\n${today},zalo,zalo_refused,<5\r\n${today},zalo,zalo_unavailable,1234\r\n`,
    );
    expect(await lastEvent('report.exported')).toMatchObject({ report: 'upstreams', until: today });
    await auditor.open(at('/reports/nothing'));
    expect(auditor.page.status).toBe(404);
  });
});

it('leaves the log whole', async () => {
  expect(await verifyAudit(product.deps.db)).toMatchObject({ ok: true });
});

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const program = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  const env = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: product.database.url,
    TNID_MASTER_KEYS: `1:${randomBytes(32).toString('base64url')}`,
  };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}
