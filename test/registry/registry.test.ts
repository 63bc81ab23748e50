/** The registry while nodes run: two of them on one database, and what a change means at both. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Act, performAct } from '../../src/audit/audit.ts';
import { changeClient, disableClient, registerClient, rotateSecret } from '../../src/registry/changes.ts';
import { listEntries } from '../../src/registry/entries.ts';
import {
  changeService,
  disableService,
  registerService,
  removeScope,
} from '../../src/registry/service-changes.ts';
import type { Changed, Registrar } from '../../src/registry/steps.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, REDIRECT_URI, RelyingParty } from '../support/relying-party.ts';
import {
  type Answer,
  type Ask,
  askAt,
  type SecondNode,
  startSecondNode,
  within1Second,
} from '../support/second-node.ts';

let product: Product;
let second: SecondNode;
let nodes: Ask[];

beforeAll(async () => {
  product = await startProduct();
  second = await startSecondNode(product);
  nodes = [askAt(product.deps.config.port, new URL(product.issuer).host), second.ask];
});
afterAll(async () => {
  await second?.close();
  await product?.close();
});

const act = async (work: (act: Act, registrar: Registrar) => Promise<Changed>) => {
  const changed = await performAct(product.deps, (act) => work(act, { ...product.deps, actor: 'test' }));
  if (!changed.ok) throw new Error(JSON.stringify(changed.faults));
  return changed.change;
};

const template = (client_id: string) => ({
  client_id,
  name: { vi: `Ứng dụng ${client_id}`, en: `App ${client_id}` },
  owner: 'Sở Thử nghiệm',
  contacts: ['it@so.example'],
  redirect_uris: [REDIRECT_URI],
  scopes: ['openid', 'profile', 'identity', 'hoso.xem', 'hoso.nop', 'offline_access'],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
});

async function register(client_id: string, members: object = {}): Promise<string> {
  const { secret } = await act((act, who) =>
    registerClient(act, who, { ...template(client_id), ...members }),
  );
  await within1Second(async () =>
    (await Promise.all(nodes.map((ask) => knows(ask, client_id)))).every(Boolean),
  );
  return secret ?? '';
}

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

/** A node that does not know a client says so on a page of its own. */
async function knows(ask: Ask, client: string, more = ''): Promise<boolean> {
  const challenge = 'a'.repeat(43);
  const { status } = await ask(
    `/auth?client_id=${client}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(REDIRECT_URI)}` +
      `&code_challenge=${challenge}&code_challenge_method=S256${more}`,
  );
  return status === 303;
}

const takesSecret = async (ask: Ask, id: string, secret: string) =>
  (await ask('/token', { headers: basic(id, secret), form: { grant_type: 'client_credentials' } })).status ===
  200;

const introspect = async (ask: Ask, token: string): Promise<Record<string, unknown>> => {
  const { text } = await ask('/token/introspection', {
    headers: basic('sandbox-api', 'sandbox-api-secret'),
    form: { token },
  });
  return JSON.parse(text);
};

async function signIn(
  client: string,
  secret: string,
  ask: Parameters<RelyingParty['ask']>[1],
  person = 'binh',
) {
  const party = await RelyingParty.register(product, client, secret);
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, ask);
  await signInWithZalo(visitor, person);
  if (visitor.has('form-vneid')) await proveWithVneid(visitor, person);
  await agree(visitor);
  return { party, visitor, attempt, tokens: await party.redeem(visitor, attempt) };
}

describe('a change', () => {
  it('of a client is known to both nodes within a second: registered, secret renewed, off and on', async () => {
    const id = 'so-mot';
    expect(await knows(second.ask, id)).toBe(false);
    const began = performance.now();
    const secret = await register(id);
    process.stdout.write(`a new client at both nodes after ${Math.round(performance.now() - began)} ms\n`);
    for (const ask of nodes) expect(await takesSecret(ask, id, secret)).toBe(true);

    const { secret: fresh = '' } = await act((act, who) => rotateSecret(act, who, id));
    expect(fresh).toMatch(/^[\w-]{43}$/);
    for (const ask of nodes) {
      await within1Second(async () => !(await takesSecret(ask, id, secret)));
      expect(await takesSecret(ask, id, fresh)).toBe(true);
    }
    await act((act, who) => disableClient(act, who, id));
    for (const ask of nodes) await within1Second(async () => !(await knows(ask, id)));
    await act((act, who) => disableClient(act, who, id, 'on'));
    for (const ask of nodes) await within1Second(() => takesSecret(ask, id, fresh));
  });

  it('is found by a node whose connection was cut before it', async () => {
    // Every listening connection is gone, and comes back only after a second: the look at the version finds it.
    const { rows } = await sql<{ cut: boolean }>`SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'tnid_registry'`.execute(product.deps.db);
    expect(rows).toHaveLength(2);
    await register('so-hai');
    const listening = sql<{ count: bigint }>`SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'tnid_registry'`;
    await new Promise((settle) => setTimeout(settle, 1_200));
    expect((await listening.execute(product.deps.db)).rows[0]?.count).toBe(2n);
  });

  it('that is refused changes nothing and says where', async () => {
    await register('so-ba');
    const before = await listEntries(product.deps.db);
    const events = await product.deps.db.selectFrom('audit_head').select('seq').executeTakeFirst();
    const refusals: [string, (act: Act, who: Registrar) => Promise<Changed>, string][] = [
      ['taken', (act, who) => registerClient(act, who, template('so-ba')), 'client_id'],
      ['the name of a service', (act, who) => registerClient(act, who, template('sandbox-api')), 'client_id'],
      ['our own name', (act, who) => registerClient(act, who, template('tay-ninh-id')), 'client_id'],
      [
        'unknown scope',
        (act, who) => changeClient(act, who, 'so-ba', { scopes: ['openid', 'x'] }),
        'scopes.1',
      ],
      ['a new id', (act, who) => changeClient(act, who, 'so-ba', { client_id: 'b' }), 'client_id'],
      [
        'level2 for level1 at most',
        (act, who) =>
          changeClient(act, who, 'so-ba', { scopes: ['openid', 'hoso.nop'], maximum_level: 'level1' }),
        'scopes.1',
      ],
      ['unknown client', (act, who) => changeClient(act, who, 'nobody', {}), ''],
      ['a scope in use', (act, who) => removeScope(act, who, 'hoso.nop'), ''],
      [
        'a scope in use, left out',
        (act, who) =>
          changeService(act, who, 'urn:sandbox:ho-so', { owner: 'S', contacts: ['a@b.vn'], scopes: [] }),
        '',
      ],
    ];
    for (const [name, work, path] of refusals) {
      const rolledBack = await performAct(product.deps, async (act) => {
        const changed = await work(act, { ...product.deps, actor: 'test' });
        throw Object.assign(new Error('rolled back'), { changed });
      }).catch((error) => error.changed as Changed);
      expect(rolledBack.ok, name).toBe(false);
      if (!rolledBack.ok) expect(rolledBack.faults[0]?.path.join('.'), name).toBe(path);
    }
    expect(await listEntries(product.deps.db)).toEqual(before);
    expect(await product.deps.db.selectFrom('audit_head').select('seq').executeTakeFirst()).toEqual(events);
  });

  it('is an event, with names of members and no values', async () => {
    await register('so-bon');
    await act((act, who) => changeClient(act, who, 'so-bon', { owner: 'Sở Khác', default_max_age: 60 }));
    const rows = await product.deps.db
      .selectFrom('audit_events')
      .select('body')
      .where('client_id', '=', 'so-bon')
      .orderBy('seq')
      .execute();
    expect(rows.map(({ body }) => body)).toMatchObject([
      { event: 'client.registered', actor: 'test' },
      { event: 'client.changed', actor: 'test', members: ['owner', 'default_max_age'] },
    ]);
  });
});

describe('a client that is switched off', () => {
  it('has no token any more: introspection, UserInfo and refresh say so at both nodes', async () => {
    const secret = await register('so-nam');
    const { tokens } = await signIn('so-nam', secret, {
      scope: 'openid profile hoso.xem offline_access',
      prompt: 'consent',
    });
    const other = await signIn('so-nam', secret, { scope: 'openid profile' });
    const userInfo = (ask: Ask): Promise<Answer> =>
      ask('/me', { headers: { authorization: `Bearer ${other.tokens.access_token}` } });
    for (const ask of nodes) {
      expect(await introspect(ask, tokens.access_token)).toMatchObject({ active: true, client_id: 'so-nam' });
      expect((await userInfo(ask)).status).toBe(200);
    }
    await act((act, who) => disableClient(act, who, 'so-nam'));
    for (const ask of nodes) {
      await within1Second(async () => (await introspect(ask, tokens.access_token)).active === false);
      expect((await userInfo(ask)).status).toBe(401);
      const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
      const refreshed = await ask('/token', { headers: basic('so-nam', secret), form });
      expect([refreshed.status, JSON.parse(refreshed.text).error]).toEqual([401, 'invalid_client']);
    }
  });
});

describe('a service', () => {
  it('registered while nodes run may ask about its tokens, and no more when it is off', async () => {
    const resource = 'urn:tayninh:dat-dai';
    const service = {
      resource,
      client_id: 'dat-dai',
      name: { vi: 'Đất đai', en: 'Land' },
      owner: 'Sở Thử nghiệm',
      contacts: ['it@so.example'],
      scopes: [{ name: 'datdai.xem', description: { vi: 'Xem thửa đất', en: 'See plots' } }],
    };
    const { secret: serviceSecret = '' } = await act((act, who) => registerService(act, who, service));
    const secret = await register('so-dat', { scopes: ['openid', 'datdai.xem'] });
    const { tokens } = await signIn('so-dat', secret, { scope: 'openid datdai.xem' });
    const asked = (ask: Ask) =>
      ask('/token/introspection', {
        headers: basic('dat-dai', serviceSecret),
        form: { token: tokens.access_token },
      });
    for (const ask of nodes) {
      expect(JSON.parse((await asked(ask)).text)).toMatchObject({
        active: true,
        aud: resource,
        scope: 'datdai.xem',
      });
    }
    await act((act, who) => disableService(act, who, resource));
    for (const ask of nodes) await within1Second(async () => (await asked(ask)).status === 401);
  });
});

describe('a client registered for level1 at most', () => {
  const most1 = { maximum_level: 'level1', scopes: ['openid', 'profile', 'hoso.xem', 'offline_access'] };

  it('never sees level2, though the session holds it', async () => {
    const secret = await register('so-sau', most1);
    const full = await register('so-bay');
    // One browser: level2 through the one app, then the other.
    const first = await signIn('so-bay', full, { scope: 'openid hoso.xem', acrValues: 'level2' });
    expect(first.tokens.claims()).toMatchObject({ acr: 'level2' });
    const party = await RelyingParty.register(product, 'so-sau', secret);
    const attempt = await party.ask(first.visitor, { scope: 'openid hoso.xem' });
    await agree(first.visitor);
    const tokens = await party.redeem(first.visitor, attempt);
    expect(tokens.claims()).toMatchObject({ acr: 'level1' });
    const answer = await introspectAsService(product, tokens.access_token);
    expect(answer).toMatchObject({ active: true, acr: 'level1' });
    expect(answer).not.toHaveProperty('acr_expires_at');
  });

  it.each([
    ['as a wish', { acrValues: 'level2' }],
    ['as a necessity', { claims: { id_token: { acr: { essential: true, value: 'level2' } } } }],
    ['by a claim of level2', { claims: { userinfo: { personal_number: { essential: true } } } }],
  ])('is refused when it asks level2 %s', async (_name, ask) => {
    const party = await RelyingParty.register(product, 'so-sau', 'unused');
    const visitor = party.visitor();
    await party.ask(visitor, { scope: 'openid', ...ask });
    expect(new URL(visitor.page.url).searchParams.get('error')).toBe('unmet_authentication_requirements');
  });

  it('sees level1 at once when its maximum is lowered, in tokens it has and claims it asks', async () => {
    const secret = await register('so-tam');
    const asked = {
      scope: 'openid identity hoso.xem offline_access',
      prompt: 'consent',
      acrValues: 'level2',
    };
    const { party, tokens } = await signIn('so-tam', secret, asked);
    const sub = String(tokens.claims()?.sub);
    expect(tokens.claims()).toMatchObject({ acr: 'level2' });
    expect(tokens.claims()).toHaveProperty('personal_number');

    await act((act, who) => changeClient(act, who, 'so-tam', most1));
    await within1Second(
      async () => (await introspectAsService(product, tokens.access_token)).acr === 'level1',
    );
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({
      acr_reason: 'client_maximum',
    });
    const refreshed = await party.refresh(tokens.refresh_token ?? '');
    expect(refreshed.claims()).toMatchObject({ sub, acr: 'level1' });
    expect(refreshed.claims()).not.toHaveProperty('personal_number');
  });
});

describe('the name of a client', () => {
  it('is said in the language of the page', async () => {
    await register('so-ten');
    const party = await RelyingParty.register(product, 'so-ten', 'unused');
    const visitor = party.visitor();
    await party.ask(visitor, { extra: { ui_locales: 'vi' } });
    expect(visitor.text).toContain('Ứng dụng so-ten');
    await party.ask(visitor, { extra: { ui_locales: 'en' } });
    expect(visitor.text).toContain('App so-ten');
  });
});

describe('an app on a device (RFC 8252)', () => {
  it('comes back to its loopback address at any port, and nowhere else', async () => {
    await register('may-tinh', {
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      redirect_uris: [REDIRECT_URI, 'http://127.0.0.1/ve', 'http://[::1]/ve', 'vn.gov.tayninh.app:/ve'],
    });
    const answers = async (redirect: string) => {
      const query = `&redirect_uri=${encodeURIComponent(redirect)}`;
      const path = `/auth?client_id=may-tinh&response_type=code&scope=openid&code_challenge=${'a'.repeat(43)}`;
      return (await second.ask(`${path}&code_challenge_method=S256${query}`)).status === 303;
    };
    for (const right of ['http://127.0.0.1:49152/ve', 'http://[::1]:1/ve', 'vn.gov.tayninh.app:/ve'])
      expect(await answers(right), right).toBe(true);
    for (const wrong of [
      'http://127.0.0.1:49152/other',
      'http://localhost:49152/ve',
      'http://127.0.0.2:49152/ve',
      'https://127.0.0.1/ve',
      'http://127.0.0.1:49152@evil.example/ve',
      'vn.gov.tayninh.app:/ve2',
      'http://127.0.0.1:49152/ve?x=1',
    ])
      expect(await answers(wrong), wrong).toBe(false);
  });
});

describe('a registration that the provider cannot use', () => {
  it('is left out and named in the log; everybody else goes on, and a node starts', async () => {
    // Written past the rules, as by hand: a grant that nobody knows.
    await product.deps.db
      .insertInto('clients')
      .values({
        client_id: 'hong',
        name: 'Hỏng',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'implicit'],
        redirect_uris: ['https://*.example/#x'],
        scopes: ['openid'],
        metadata: JSON.stringify({ own_pages: true, jwks_uri: 'no address' }),
        created_at: new Date(),
      })
      .execute();
    await within1Second(async () => product.logged().includes('"client":"hong"'));
    for (const ask of nodes) {
      expect(await knows(ask, 'hong')).toBe(false);
      expect(await knows(ask, 'so-bon')).toBe(true);
    }
    const third = await startSecondNode(product);
    expect(await knows(third.ask, 'so-bon')).toBe(true);
    await third.close();
  });

  it('cannot make itself one of our own pages by its metadata', async () => {
    await product.deps.db
      .updateTable('clients')
      .set({
        metadata: JSON.stringify({ own_pages: true, minimum_level: 'level1', client_id: 'tay-ninh-id' }),
      })
      .where('client_id', '=', 'so-hai')
      .execute();
    // Known at both nodes, and with it what was changed before.
    await register('so-chin');
    const party = await RelyingParty.register(product, 'so-hai', 'unused');
    const visitor = party.visitor();
    await party.ask(visitor, { scope: 'openid profile' });
    await signInWithZalo(visitor, 'an');
    expect(visitor.has('form-consent')).toBe(true);
  });
});
