/** All data in one file: complete, held against the schema; without keys; behind proof; written down. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performAct, recordEvent } from '../../src/audit/audit.ts';
import { people } from '../../src/sandbox/people.ts';
import { endVerification, findActiveId } from '../../src/verification/verifications.ts';
import { proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { countByTable, FULL, makeFullAccount } from '../support/full-account.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
let app: RelyingParty;
beforeAll(async () => {
  product = await startProduct();
  app = await RelyingParty.register(product);
});
afterAll(() => product?.close());

const page = () => `${product.issuer}/account/data`;
type Data = Record<string, Record<string, unknown>[]> & { account: Record<string, unknown> };

async function download(visitor: Visitor): Promise<Data> {
  await visitor.open(page());
  await visitor.submit('form-data');
  expect(visitor.page.headers.get('content-type')).toContain('application/json');
  return JSON.parse(visitor.page.html) as Data;
}

/** Which part of the file holds a table's rows. */
const parts: Record<string, string> = {
  account_uses: 'uses',
  audit_events: 'ledger',
  card_readings: 'card_readings',
  cases: 'cases',
  consents: 'services',
  desk_visits: 'desk_visits',
  devices: 'devices',
  factors: 'factors',
  identities: 'identities',
  introspection_counts: 'asked',
  notices: 'notices',
  phones: 'phones',
  proof_slips: 'proof_slips',
  re_audits: 'second_looks',
  verifications: 'verifications',
};
/** Tables that are not in the file as they are, and why. */
const exceptions: Record<string, string> = {
  card_proofs_seen:
    'hashes of what a chip answered, kept so that it is not taken twice; the case tells of it',
  error_pages: 'hashes of codes that error pages showed, for thirty days, so that an officer can help',
  mini_app_steps: 'keys to a page for a minute; what came of them is in the ledger',
  name_index: 'keyed hashes by which officers find the name; the name itself is told as it is',
  oidc_artefacts:
    'codes, tokens and session ids are keys; sessions and services are told in parts of their own',
};

describe('the file', () => {
  it('holds every row of every table that names the account, or the table is on the list with its reason', async () => {
    const { account, visitor } = await makeFullAccount(product, app, 'an');
    // Loaded before the file is made, so the event of its making is one more.
    const counts = await countByTable(product, account);
    const data = await download(visitor);
    for (const [table, rows] of counts) {
      expect(
        rows,
        `nothing of the account is in ${table}: fill it in test/support/full-account`,
      ).toBeGreaterThan(0);
      const part = parts[table];
      if (!part) {
        expect(exceptions[table], `${table} is neither in the export nor excepted`).toBeTruthy();
        continue;
      }
      expect(data[part], table).toHaveLength(table === 'audit_events' ? rows + 1 : rows);
    }
    expect(data.account).toMatchObject({ id: account, status: 'active' });
    expect(data.sessions).toHaveLength(1);
  });

  it('opens what is sealed and the citizen’s own, and holds no key and no picture', async () => {
    const person = people.find(({ id }) => id === 'bay');
    const { account, phone, visitor, tokens } = await makeFullAccount(product, app, 'bay');
    await recordEvent(product.deps, {
      event: 'officer.looked',
      account,
      actor: 'officer-7',
      purpose: 'Đối chiếu',
    });
    const data = await download(visitor);
    const text = visitor.page.html;
    expect(data.verifications?.[0]?.person).toMatchObject({
      personalNumber: person?.personalNumber,
      fullName: person?.fullName,
    });
    expect(data.phones?.[0]).toMatchObject({ number: phone });
    expect(data.identities?.find(({ provider }) => provider === 'zalo')?.profile).toMatchObject({
      subject: person?.zaloId,
    });
    const [first] = data.cases ?? [];
    expect(first?.checks).toContainEqual(
      expect.objectContaining({ name: 'holder_present', result: 'vneid' }),
    );
    expect(first?.evidence).toContainEqual(
      expect.objectContaining({ kind: 'chip_files', content: { sod: 'c29k', dg1: 'ZGcx' } }),
    );
    expect(first?.evidence).toContainEqual(expect.objectContaining({ kind: 'live_photo', content: {} }));
    expect(first?.decisions).toContainEqual(
      expect.objectContaining({ reason: 'same_face', note: FULL.note }),
    );
    expect(data.asked).toContainEqual(
      expect.objectContaining({ client_id: 'sandbox-api', day: '2026-01-02', count: 7 }),
    );
    expect(data.ledger).toContainEqual(
      expect.objectContaining({ event: 'officer.looked', purpose: 'Đối chiếu' }),
    );
    expect(data.ledger?.at(-1)).toMatchObject({ event: 'export.made' });
    for (const secret of [
      'argon2',
      FULL.pin,
      FULL.picture,
      'officer-7',
      '_sealed',
      '_hash',
      tokens.access_token,
      tokens.refresh_token ?? 'no refresh token',
      visitor.cookie('tnid_session') ?? 'no session',
    ]) {
      expect(text).not.toContain(secret);
    }
  });

  it('is a download that nothing keeps, and is not behind an address', async () => {
    const { visitor } = await makeFullAccount(product, app, 'my');
    await download(visitor);
    const { headers } = visitor.page;
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="tay-ninh-id-\d{4}-\d\d-\d\d\.json"$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await visitor.open(page())).headers.get('content-type')).toContain('text/html');
  });

  it('says nothing of whoever else tried this citizen’s number', async () => {
    const first = await makeFullAccount(product, app, 'khanh');
    const other = new Visitor();
    await other.open(`${product.issuer}/account`);
    await signInWithZalo(other, 'binh');
    await other.submit('form-verify');
    await other.submit('form-vneid');
    await other.submit(undefined, { person: 'khanh' });
    const data = await download(first.visitor);
    const duplicate = data.cases?.find(({ kind }) => kind === 'duplicate');
    expect(duplicate).toMatchObject({ mine: false, evidence: [], checks: [], person: null });
    const { account_id } = await product.deps.db
      .selectFrom('cases')
      .select('account_id')
      .where('kind', '=', 'duplicate')
      .executeTakeFirstOrThrow();
    expect(first.visitor.page.html).not.toContain(account_id);
  });
});

describe('who gets it', () => {
  it('of a verified account: level2 in this session, not Zalo alone', async () => {
    await makeFullAccount(product, app, 'toan');
    const thief = new Visitor();
    await thief.open(page());
    await signInWithZalo(thief, 'toan');
    await thief.submit('form-data');
    expect(thief.text).toContain('xác nhận lại là chính mình');
    expect(thief.page.html).not.toContain('personalNumber');
    await proveWithVneid(thief, 'toan');
    expect(thief.page.url).toBe(page());
    expect((await download(thief)).verifications).toHaveLength(1);
  });

  it('of one that never verified: a fresh sign-in, not a session left open', async () => {
    const visitor = new Visitor();
    await visitor.open(page());
    await signInWithZalo(visitor, 'nhi');
    expect((await download(visitor)).verifications).toEqual([]);
    product.travel(600);
    await visitor.open(page());
    await visitor.submit('form-data');
    expect(visitor.has('form-zalo')).toBe(true);
    await signInWithZalo(visitor, 'nhi');
    expect(visitor.page.url).toBe(page());
    await download(visitor);
    product.travel(-600);
  });

  it('of one whose verification is over: all but what was verified, and the page says so', async () => {
    const { account } = await makeFullAccount(product, app, 'na');
    const id = (await findActiveId(product.deps.db, account)) ?? '';
    await performAct(product.deps, (act) =>
      endVerification(act, { id, status: 'expired', reason: 'expired', actor: 'rule' }),
    );
    const visitor = new Visitor();
    await visitor.open(page());
    await signInWithZalo(visitor, 'na');
    expect(visitor.text).toContain('xác minh lại trước đã');
    const data = await download(visitor);
    expect(data.verifications?.[0]?.person).toContain('Xác nhận danh tính');
    const person = people.find(({ id: name }) => name === 'na');
    for (const own of [person?.personalNumber ?? '', person?.fullName ?? ''])
      expect(visitor.page.html.includes(own) && own !== person?.zaloName).toBe(false);
  });

  it('nobody from another site, and nobody without a session', async () => {
    const { visitor } = await makeFullAccount(product, app, 'cuong');
    const answer = await visitor.fetch(page(), {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    });
    expect(answer.status).toBe(403);
    const stranger = await new Visitor().fetch(page(), { method: 'POST' });
    expect(stranger.status).toBe(303);
    expect(stranger.headers.get('location')).toContain('/auth');
  });
});
