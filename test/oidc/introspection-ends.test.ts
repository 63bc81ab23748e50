/**
 * A token that two nodes have opened and keep is worth at both, within a second, what it is worth now: whatever ends it,
 * wherever that was done (RFC 7662 §4).
 */
import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdLevel2, suspendAccount } from '../../src/account/accounts.ts';
import { type Act, performAct } from '../../src/audit/audit.ts';
import { openArtefact } from '../../src/oidc/artefact-rows.ts';
import { endAllSessions } from '../../src/oidc/sessions.ts';
import { changeClient, registerClient } from '../../src/registry/changes.ts';
import { Registry } from '../../src/registry/registry.ts';
import { disableService, registerService } from '../../src/registry/service-changes.ts';
import type { Changed } from '../../src/registry/steps.ts';
import { endVerification } from '../../src/verification/verifications.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { accountIdOf, REDIRECT_URI, RelyingParty } from '../support/relying-party.ts';
import { type Ask, askAt, type SecondNode, startSecondNode, within1Second } from '../support/second-node.ts';

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

type Caller = { id: string; secret: string };
const SERVICE: Caller = { id: 'sandbox-api', secret: 'sandbox-api-secret' };

async function introspect(
  ask: Ask,
  token: string,
  { id, secret } = SERVICE,
): Promise<Record<string, unknown>> {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const { text } = await ask('/token/introspection', { headers: { authorization }, form: { token } });
  return JSON.parse(text);
}

/** Asks twice at every node, so that what it says the second time is said of what it keeps. */
async function letNodesOpen(token: string, told: object, as = SERVICE): Promise<void> {
  for (const ask of [...nodes, ...nodes]) expect(await introspect(ask, token, as)).toMatchObject(told);
}

async function expectEverywhere(
  token: string,
  isSo: (told: Record<string, unknown>) => boolean,
  as = SERVICE,
) {
  for (const ask of nodes) await within1Second(async () => isSo(await introspect(ask, token, as)));
}

const isInactive = (told: object) => JSON.stringify(told) === '{"active":false}';

async function signIn(client: Caller, scope: string, person: string) {
  const party = await RelyingParty.register(product, client.id, client.secret);
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, { scope, acrValues: 'level2' });
  await signInWithZalo(visitor, person);
  if (visitor.has('form-vneid')) await proveWithVneid(visitor, person);
  await agree(visitor);
  const tokens = await party.redeem(visitor, attempt);
  const account = await accountIdOf(product, tokens.claims()?.sub, client.id);
  return { party, tokens, account };
}

const change = async (work: (act: Act, who: Parameters<typeof registerClient>[1]) => Promise<Changed>) => {
  const changed = await performAct(product.deps, (act) => work(act, { ...product.deps, actor: 'test' }));
  if (!changed.ok) throw new Error(JSON.stringify(changed.faults));
  return changed.change;
};

const entryOf = (name: string, scopes: string[]) => ({
  name: { vi: name, en: name },
  owner: 'Sở Thử nghiệm',
  contacts: ['it@so.example'],
  redirect_uris: [REDIRECT_URI],
  scopes,
  grant_types: ['authorization_code', 'refresh_token'],
});

async function register(client_id: string, scopes: string[]): Promise<Caller> {
  const { secret = '' } = await change((act, who) =>
    registerClient(act, who, { client_id, ...entryOf(client_id, scopes) }),
  );
  const client = { id: client_id, secret };
  for (const ask of nodes)
    await within1Second(async () => isInactive(await introspect(ask, 'nothing', client)));
  return client;
}

describe('what ends a token', () => {
  const web: Caller = { id: 'sandbox-web', secret: 'sandbox-web-secret' };
  const act = <Result>(work: (act: Act) => Promise<Result>) => performAct(product.deps, work);

  it.each([
    ['its sessions', 'an', true],
    ['its account, suspended', 'binh', false],
    ['a refresh token that is shown again', 'khanh', false],
  ] as const)('%s', async (what, person, inSession) => {
    const scope = inSession ? 'openid hoso.xem' : 'openid offline_access hoso.xem';
    const { tokens, account, party } = await signIn(web, scope, person);
    await letNodesOpen(tokens.access_token, { active: true, acr: 'level2' });
    if (what === 'its sessions') {
      const registry = await Registry.load(product.deps);
      const end = { accountId: account, reason: 'test', grantReason: 'signed_out', tokens: false } as const;
      await act((one) => endAllSessions(one, { deps: product.deps, registry }, end));
    } else if (what === 'its account, suspended') {
      await suspendAccount(product.deps, { accountId: account, actor: 'officer-1', reason: 'reported' });
    } else {
      const next = await party.refresh(tokens.refresh_token ?? '');
      await letNodesOpen(next.access_token, { active: true });
      product.travel(60);
      await expect(party.refresh(tokens.refresh_token ?? '')).rejects.toThrow();
      await expectEverywhere(next.access_token, isInactive);
    }
    await expectEverywhere(tokens.access_token, isInactive);
  });

  it('what its level falls by: a verification that is revoked, a hold', async () => {
    for (const person of ['duom', 'my']) {
      const { tokens, account } = await signIn(web, 'openid offline_access hoso.xem hoso.nop', person);
      await letNodesOpen(tokens.access_token, { acr: 'level2', scope: 'hoso.xem hoso.nop' });
      const verification = await product.deps.db
        .selectFrom('verifications')
        .select('id')
        .where('account_id', '=', account)
        .executeTakeFirstOrThrow();
      const [actor, reason] = ['officer-1', 'not_the_person'];
      await act<unknown>((one) =>
        person === 'my'
          ? holdLevel2(one, { accountId: account, actor, reason })
          : endVerification(one, { id: verification.id, status: 'revoked', actor, reason }),
      );
      const acr_reason = person === 'my' ? 'level2_on_hold' : 'verification_revoked';
      await expectEverywhere(
        tokens.access_token,
        (told) => told.acr === 'level1' && told.acr_reason === acr_reason && told.scope === 'hoso.xem',
      );
    }
  });
});

describe('what is kept of a token', () => {
  const web: Caller = { id: 'sandbox-web', secret: 'sandbox-web-secret' };
  const rowOf = (token: string) =>
    product.deps.db
      .selectFrom('oidc_artefacts')
      .select(['id_hash', 'payload'])
      .where('id_hash', '=', hash('sha256', token, 'buffer'))
      .executeTakeFirstOrThrow();
  const write = (token: string, payload: Buffer) =>
    product.deps.db
      .updateTable('oidc_artefacts')
      .set({ payload })
      .where('id_hash', '=', hash('sha256', token, 'buffer'))
      .execute();

  it('stands for what is stored, and no longer than that is stored', async () => {
    const { tokens } = await signIn(web, 'openid hoso.xem hoso.nop', 'toan');
    const { access_token: token } = tokens;
    await letNodesOpen(token, { scope: 'hoso.xem hoso.nop' });
    const row = await rowOf(token);
    const payload = { ...openArtefact(product.deps.keyring, 'AccessToken', row), scope: 'hoso.xem' };
    const context = `AccessToken/${row.id_hash.toString('base64')}`;
    await write(token, product.deps.keyring.seal('artefact', context, JSON.stringify(payload)));
    await letNodesOpen(token, { scope: 'hoso.xem' });
  });

  it('is never told of another token, though somebody put that one’s row in its place', async () => {
    const [mine, other] = [
      await signIn(web, 'openid hoso.xem', 'thuong'),
      await signIn(web, 'openid hoso.xem', 'toan'),
    ];
    await letNodesOpen(mine.tokens.access_token, { active: true });
    await write(mine.tokens.access_token, (await rowOf(other.tokens.access_token)).payload);
    for (const ask of nodes)
      expect(await introspect(ask, mine.tokens.access_token)).toEqual({ error: 'server_error' });
  });
});

describe('what the registry takes away', () => {
  it('a scope of a client is in force no more in what the client was given before', async () => {
    const client = await register('so-hai', ['openid', 'hoso.xem', 'hoso.nop']);
    const { tokens } = await signIn(client, 'openid hoso.xem hoso.nop', 'tuan');
    await letNodesOpen(tokens.access_token, { scope: 'hoso.xem hoso.nop', acr: 'level2' });
    await change((act, who) => changeClient(act, who, client.id, entryOf(client.id, ['openid', 'hoso.xem'])));
    await expectEverywhere(
      tokens.access_token,
      ({ scope, active }) => active === true && scope === 'hoso.xem',
    );
  });

  it('nor is it at userinfo, or in an ID token', async () => {
    const client = await register('so-tu', ['openid', 'profile', 'offline_access']);
    const { tokens, party } = await signIn(client, 'openid profile offline_access', 'toan');
    const sub = tokens.claims()?.sub ?? '';
    expect(await party.userInfo(tokens.access_token, sub)).toHaveProperty('name');
    const left = entryOf(client.id, ['openid', 'offline_access']);
    await change((act, who) => changeClient(act, who, client.id, left));
    await within1Second(async () => !('name' in (await party.userInfo(tokens.access_token, sub))));
    expect((await party.refresh(tokens.refresh_token ?? '')).claims()).not.toHaveProperty('name');
  });

  it('scopes of a service that is switched off are in force for nobody, at level1 no more than at level2', async () => {
    const resource = 'urn:tayninh:ho-tich';
    await change((act, who) =>
      registerService(act, who, {
        resource,
        client_id: 'ho-tich',
        name: { vi: 'Hộ tịch', en: 'Civil status' },
        owner: 'Sở Thử nghiệm',
        contacts: ['it@so.example'],
        scopes: [
          { name: 'hotich.nop', level: 'level2', description: { vi: 'Nộp tờ khai', en: 'File forms' } },
        ],
      }),
    );
    const client = await register('so-ba', ['openid', 'hotich.nop']);
    const { tokens, account } = await signIn(client, 'openid hotich.nop', 'bay');
    await letNodesOpen(tokens.access_token, { scope: 'hotich.nop', acr: 'level2' }, client);
    await change((act, who) => disableService(act, who, resource));
    await expectEverywhere(tokens.access_token, ({ scope }) => scope === '', client);
    await performAct(product.deps, (act) =>
      holdLevel2(act, { accountId: account, actor: 'officer-1', reason: 'reported' }),
    );
    await expectEverywhere(tokens.access_token, ({ acr, scope }) => acr === 'level1' && scope === '', client);
  });
});
