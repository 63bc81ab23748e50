/** Client managers: registering by the registry's own rules, the integrator's test with real calls, and what if. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performAct, recordEvent } from '../../src/audit/audit.ts';
import { registerClient } from '../../src/registry/changes.ts';
import { registerService } from '../../src/registry/service-changes.ts';
import { countWhatIf } from '../../src/reports/what-if.ts';
import { makeFullAccount } from '../support/full-account.ts';
import { confirm, officerId, signInOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';

let product: Product;
let careless: Server;
const seen: string[] = [];
let mood: 'accepts' | 'refuses' | 'redirects' = 'accepts';
beforeAll(async () => {
  product = await startProduct();
  careless = createServer((request, response) => {
    seen.push(request.headers.authorization ?? '');
    const status = { accepts: 200, refuses: 403, redirects: 302 }[mood];
    response.writeHead(status, status === 302 ? { location: product.issuer } : {}).end('{}');
  });
  await new Promise<void>((settle) => careless.listen(0, '127.0.0.1', settle));
});
afterAll(async () => {
  await new Promise((settle) => careless.close(settle));
  await product?.close();
});

const at = (path = '') => `${product.issuer}/console${path}`;

async function manager(): Promise<Visitor> {
  return signInOfficer(product, 'tri');
}

async function lastEvent(event: string): Promise<Record<string, unknown> | undefined> {
  const row = await product.deps.db
    .selectFrom('audit_events')
    .select('body')
    .where('event', '=', event)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.body as Record<string, unknown> | undefined;
}

const form = {
  client_id: 'phan-anh',
  name_vi: 'Phản ánh hiện trường',
  owner: 'Sở Xây dựng',
  contacts: 'it@phananh.example',
  redirect_uris: 'https://phananh.tayninh.example/cb',
};

describe('a client', () => {
  it('is registered by the rules; what they refuse is told beside the field, in Vietnamese', async () => {
    const officer = await manager();
    await officer.open(at('/clients/new'));
    await officer.submit('form-entry', {
      ...form,
      redirect_uris: 'https://phananh.tayninh.example/cb\nhttps://*.example/cb',
      contacts: 'ai đó',
      more: '{"no_such":1}',
    });
    expect(officer.page.status).toBe(422);
    expect(officer.text).toContain('1: không phải địa chỉ email');
    expect(officer.text).toContain('không có mục này');
    expect(officer.page.html).toContain('value="Phản ánh hiện trường"');
    await officer.submit('form-entry', { contacts: 'it@phananh.example', more: '' });
    expect(officer.text).toContain('2: có dấu *: mỗi địa chỉ phải ghi đúng từng chữ');
    await officer.submit('form-entry', { more: '{"client_uri":' });
    expect(officer.text).toContain('không phải JSON');
    expect(await lastEvent('client.registered')).not.toMatchObject({ client: 'phan-anh' });

    await officer.submit('form-entry', {
      ...form,
      more: '{"client_uri":"https://phananh.tayninh.example/"}',
    });
    const secret = /id="secret">([^<]+)</.exec(officer.page.html)?.[1] ?? '';
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(await lastEvent('client.registered')).toMatchObject({
      client: 'phan-anh',
      actor: await officerId(product, 'tri'),
    });
    await officer.open(at('/clients/phan-anh'));
    expect(officer.page.html).not.toContain(secret);
    expect(officer.text).toContain('https://phananh.tayninh.example/cb');
  });

  it('is changed, keeps what the form does not show as a field, and gets a new secret once', async () => {
    const officer = await manager();
    await officer.open(at('/clients/phan-anh/edit'));
    expect(officer.page.html).toContain('client_uri');
    await officer.submit('form-entry', { owner: 'Sở Nội vụ', 'scopes:openid': '1', 'scopes:profile': '1' });
    expect(officer.text).toContain('Đã lưu');
    const row = await product.deps.db
      .selectFrom('clients')
      .select(['owner', 'metadata', 'scopes', 'secret_hash'])
      .where('client_id', '=', 'phan-anh')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      owner: 'Sở Nội vụ',
      metadata: { client_uri: 'https://phananh.tayninh.example/' },
      scopes: ['openid', 'profile'],
    });
    await officer.submit('form-rotate');
    expect(/id="secret">([^<]+)</.exec(officer.page.html)?.[1]).toMatch(/^[\w-]{43}$/);
    expect(await lastEvent('client.secret_rotated')).toMatchObject({ client: 'phan-anh' });
  });

  it('is switched off: its tokens are worth nothing', async () => {
    const app = await RelyingParty.register(product);
    const { tokens } = await makeFullAccount(product, app, 'an');
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({ active: true });
    const officer = await manager();
    await officer.open(at('/clients/sandbox-web'));
    await officer.submit('form-turn');
    expect(officer.text).toContain('Đã tắt');
    await expect
      .poll(() => introspectAsService(product, tokens.access_token), { timeout: 1_000, interval: 20 })
      .toEqual({ active: false });
    await officer.submit('form-turn');
    expect(officer.text).toContain('Đã mở lại');
  });

  it('is seen by supervisors and auditors, who change nothing', async () => {
    const auditor = await signInOfficer(product, 'yen');
    await auditor.open(at('/clients/phan-anh'));
    expect(auditor.page.status).toBe(200);
    expect(auditor.has('form-turn')).toBe(false);
    await auditor.open(at('/clients/phan-anh/edit'));
    expect(auditor.page.status).toBe(403);
  });
});

describe('a service', () => {
  it('is registered with its scopes; a scope in use cannot go, a level is raised', async () => {
    const officer = await manager();
    await officer.open(at('/services/new'));
    await officer.submit('form-entry', {
      resource: 'https://api.datdai.example',
      client_id: 'dat-dai-api',
      name_vi: 'Đất đai',
      owner: 'Sở Nông nghiệp',
      contacts: 'it@datdai.example',
      scope_name_0: 'datdai.xem',
      scope_vi_0: 'Xem thửa đất',
      scope_name_1: 'hoso.xem',
      scope_vi_1: 'Của người khác',
    });
    expect(officer.text).toContain('là của dịch vụ khác');
    await officer.submit('form-entry', { scope_name_1: '' });
    expect(officer.text).toContain('Mã bí mật của Đất đai');

    const registrar = { ...product.deps, actor: 'test' };
    const user = {
      client_id: 'ban-do',
      name: { vi: 'Bản đồ', en: 'Maps' },
      owner: 'x',
      contacts: ['a@b.example'],
      redirect_uris: ['https://bando.example/cb'],
      scopes: ['openid', 'datdai.xem'],
    };
    await performAct(product.deps, (act) => registerClient(act, registrar, user));
    await officer.open(at('/services/dat-dai-api/edit'));
    await officer.submit('form-entry', { scope_name_0: '' });
    expect(officer.text).toContain('phạm vi này còn ứng dụng đang dùng: ban-do');
    await officer.submit('form-entry', {
      scope_name_0: 'datdai.xem',
      scope_level_0: 'level2',
      scope_vi_0: 'Xem thửa đất',
    });
    expect(officer.text).toContain('Đã lưu');
    await officer.open(at('/clients'));
    expect(officer.page.html).toMatch(/<code>datdai.xem<\/code> level2/);
  });
});

describe('the integrator’s test', () => {
  it('finds that the demo service refuses level1 and asks for level2, by real calls', async () => {
    const officer = await manager();
    await officer.open(at('/services/sandbox-api/test'));
    await officer.submit('form-test', { client: 'sandbox-web' });
    await confirm(product, 'tri', officer);
    expect(officer.text).toContain('Đúng: dịch vụ từ chối và đòi level2');
    expect(officer.text).toContain('insufficient_user_authentication');
    expect(officer.text).toContain('Đúng: dịch vụ nhận mã ở level2');
    expect(await lastEvent('service.tested')).toMatchObject({
      client: 'sandbox-api',
      level1: 'refused_rightly',
      level2: 'accepted',
    });
  });

  it('finds a service that does not look, and its tokens are worth nothing afterwards', async () => {
    const { port } = careless.address() as AddressInfo;
    const registrar = { ...product.deps, actor: 'test' };
    await performAct(product.deps, async (act) => {
      await registerService(act, registrar, {
        resource: 'urn:careless',
        client_id: 'careless',
        name: { vi: 'Lơ đễnh', en: 'Careless' },
        owner: 'x',
        contacts: ['a@b.example'],
        scopes: [{ name: 'lo.denh', description: { vi: 'x', en: 'x' } }],
        test_uri: `http://127.0.0.1:${port}/`,
      });
      await registerClient(act, registrar, {
        client_id: 'careless-app',
        name: { vi: 'Ứng dụng', en: 'App' },
        owner: 'x',
        contacts: ['a@b.example'],
        redirect_uris: ['https://careless.example/cb'],
        scopes: ['openid', 'lo.denh'],
      });
    });
    const officer = await manager();
    for (const [next, said] of [
      ['accepts', 'Sai: dịch vụ nhận mã ở level1'],
      ['refuses', 'Từ chối, nhưng không nói cần mức nào'],
      ['redirects', 'bài thử không đi theo'],
    ] as const) {
      mood = next;
      // A node knows of what was registered within a second.
      await expect
        .poll(
          async () => {
            await officer.open(at('/services/careless/test'));
            await officer.submit('form-test');
            return officer.text;
          },
          { timeout: 2_000 },
        )
        .toContain(said);
    }
    // A service that reads tokens by itself gets one to read, for itself and at the level that was meant.
    await product.deps.db
      .updateTable('resource_servers')
      .set({ access_token_format: 'jwt' })
      .where('client_id', '=', 'careless')
      .execute();
    mood = 'accepts';
    await expect
      .poll(async () => {
        await officer.open(at('/services/careless/test'));
        await officer.submit('form-test');
        return seen.at(-1)?.split('.').length;
      })
      .toBe(3);
    expect(decodeJwt(seen.at(-1)?.replace('Bearer ', '') ?? '')).toMatchObject({
      aud: 'urn:careless',
      acr: 'level2',
      client_id: 'careless-app',
    });
    expect(new Set(seen).size).toBe(seen.length);
    for (const line of seen) {
      expect(await introspectAsService(product, line.replace('Bearer ', ''))).toEqual({ active: false });
      expect(officer.page.html).not.toContain(line.replace('Bearer ', ''));
    }
  });

  it('is done as somebody who is nobody: no way in, no name to find', async () => {
    const { db } = product.deps;
    const [test] = await db.selectFrom('accounts').select('id').where('test', '=', true).execute();
    const identities = await db
      .selectFrom('identities')
      .select('id')
      .where('account_id', '=', test?.id ?? '')
      .execute();
    expect([test !== undefined, identities]).toEqual([true, []]);
    const officer = await signInOfficer(product, 'lien');
    await officer.open(at('/citizens'));
    await officer.submit('form-find', { what: 'người thử', purpose: 'citizen_asks' });
    expect(officer.text).toContain('Không có tài khoản nào');
  });
});

describe('what if', () => {
  it('counts the users of a scope by what they allowed', async () => {
    await product.deps.db.updateTable('what_if_counted').set({ as_of: null }).execute();
    const officer = await manager();
    await officer.open(at('/what-if?of=scope%3Ahoso.xem'));
    expect(officer.text).toContain('Chưa đếm lần nào');
    await countWhatIf(product.deps, 0);
    await officer.open(at('/what-if?of=scope%3Ahoso.xem'));
    // The demo app’s citizens asked for hoso.nop only.
    expect(officer.text).toContain('Không ai dùng trong 30 ngày qua');
    await officer.open(at('/what-if?of=service%3Aurn%3Asandbox%3Aho-so'));
    expect(officer.page.html).toMatch(/<b id="users">1<\/b>/);
  });

  it('counts who would be stopped, by age and commune, and tells no small count outside', async () => {
    const { db } = product.deps;
    const app = await RelyingParty.register(product);
    const { account } = await makeFullAccount(product, app, 'my');
    await db
      .updateTable('verifications')
      .set({ commune: '99001' })
      .where('account_id', '=', account)
      .execute();
    const app2 = 'phan-anh';
    // Verified, but here at level1 only.
    await recordEvent(product.deps, {
      event: 'sign_in.succeeded',
      account,
      client: app2,
      method: 'zalo',
      level: 'level1',
    });
    const strangers = await makeAccounts(6);
    for (const one of strangers)
      await recordEvent(product.deps, {
        event: 'sign_in.succeeded',
        account: one,
        client: app2,
        method: 'zalo',
        level: 'level1',
      });
    await countWhatIf(product.deps, 0);
    const officer = await manager();
    await officer.open(at('/what-if'));
    await officer.submit('form-what-if', { of: `client:${app2}` });
    expect(officer.page.html).toMatch(/<b id="users">7<\/b>/);
    expect(officer.text).toMatch(/6 Bị dừng, phải xác minh/);
    const asOf = new Date(product.deps.clock().getTime() + 7 * 3600_000).toISOString();
    expect(officer.text).toContain(
      `ngày ${asOf.slice(0, 10).split('-').reverse().join('/')}. Mỗi giờ đếm lại`,
    );
    expect(officer.text).toMatch(/Phường Tân Ninh \(mẫu\) 1 0 1 0/);
    expect(officer.text).toMatch(/18 đến 34 1 0 1 0/);
    expect(officer.text).toMatch(/Chưa rõ 6 0 0 6/);
    const csv = await officer.fetch(at(`/what-if/csv?of=client%3A${app2}`));
    expect(csv.headers.get('cache-control')).toBe('no-store');
    const text = await csv.text();
    expect(text).toContain('Tuổi,18 đến 34,<5,<5,<5,<5');
    expect(text).toContain('Tuổi,Chưa rõ,6,<5,<5,6');

    // What happens now is counted within the hour; until then the page says what was.
    await recordEvent(product.deps, {
      event: 'sign_in.succeeded',
      account: (await makeAccounts(1))[0] ?? '',
      client: app2,
      method: 'zalo',
      level: 'level1',
    });
    product.travel(1_800);
    await countWhatIf(product.deps);
    const soon = await manager();
    await soon.open(at(`/what-if?of=client%3A${app2}`));
    expect(soon.page.html).toMatch(/<b id="users">7<\/b>/);
    product.travel(1_800);
    await countWhatIf(product.deps);
    const anHourLater = await manager();
    await anHourLater.open(at(`/what-if?of=client%3A${app2}`));
    expect(anHourLater.page.html).toMatch(/<b id="users">8<\/b>/);

    product.travel(31 * 86_400);
    await countWhatIf(product.deps);
    const later = await manager();
    await later.open(at(`/what-if?of=client%3A${app2}`));
    expect(later.text).toContain('Không ai dùng trong 30 ngày qua');
  });
});

async function makeAccounts(count: number): Promise<string[]> {
  const { db, clock } = product.deps;
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  await db
    .insertInto('accounts')
    .values(ids.map((id) => ({ id, created_at: clock() })))
    .execute();
  return ids;
}
