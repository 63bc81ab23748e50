/** Security events (RFC 8417, RFC 8935) as a service receives them: signed, about citizens it knows, and again when it fails. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { holdLevel2, suspendAccount } from '../../src/account/accounts.ts';
import { performAct } from '../../src/audit/audit.ts';
import type { Deps } from '../../src/deps.ts';
import { endAllSessions } from '../../src/oidc/sessions.ts';
import { Registry } from '../../src/registry/registry.ts';
import { endVerification, findActiveId } from '../../src/verification/verifications.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { accountIdOf, RelyingParty } from '../support/relying-party.ts';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';

type Received = { path: string; type: string | undefined; body: string };
let receiver: Server;
let product: Product;
let party: RelyingParty;
let received: Received[] = [];
/** How the receiver answers next; 202 when nothing is said. */
let answers: { status: number; body?: string }[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', type: request.headers['content-type'], body });
      const { status, body: text = '' } = answers.shift() ?? { status: 202 };
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((settle) => receiver.listen(0, '127.0.0.1', settle));
  product = await startProduct({ prepare: subscribe });
  party = await RelyingParty.register(product);
});
afterAll(async () => {
  await product?.close();
  receiver?.closeAllConnections();
  receiver?.close();
});
afterEach(() => {
  received = [];
  answers = [];
});

/** The sandbox's service subscribes, and another one, which no citizen of this test has anything to do with. */
async function subscribe({ db, clock }: Deps): Promise<void> {
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  await db
    .updateTable('resource_servers')
    .set({ metadata: JSON.stringify({ events_endpoint: `${address}/dossiers` }) })
    .execute();
  await db
    .insertInto('resource_servers')
    .values({
      resource: 'urn:sandbox:thu-vien',
      client_id: 'library',
      secret_hash: createHash('sha256').update('library-secret').digest(),
      name: 'library',
      metadata: JSON.stringify({ events_endpoint: `${address}/library` }),
      sandbox: true,
      created_at: clock(),
    })
    .execute();
  await db
    .insertInto('scopes')
    .values({
      name: 'library.read',
      resource: 'urn:sandbox:thu-vien',
      minimum_level: 'level1',
      description_vi: 'x',
      description_en: 'x',
    })
    .execute();
}

async function signIn(person: string, scope = 'openid hoso.xem', level2 = false): Promise<string> {
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, { scope, ...(level2 ? { acrValues: 'level2' } : {}) });
  await signInWithZalo(visitor, person);
  if (visitor.has('form-vneid')) await proveWithVneid(visitor, person);
  await agree(visitor);
  const tokens = await party.redeem(visitor, attempt);
  return accountIdOf(product, tokens.claims()?.sub);
}

/** Waits until so many events have come, and a little longer for those that should not. */
async function hear(count: number): Promise<Received[]> {
  for (let turn = 0; turn < 200 && received.length < count; turn += 1) await sleep(100);
  await sleep(300);
  expect(received).toHaveLength(count);
  return received;
}

const suspend = (accountId: string) =>
  suspendAccount(product.deps, { accountId, actor: 'officer-1', reason: 'reported' });

function eventsIn({ body }: Received): Record<string, unknown> {
  return (decodeJwt(body) as JWTPayload & { events: Record<string, unknown> }).events;
}

describe('a security event', () => {
  it('is a signed token about the citizen, under the service’s own sub (RFC 8417 §2.2)', async () => {
    const accountId = await signIn('an');
    const before = Math.floor(product.deps.clock().getTime() / 1000);
    await suspend(accountId);
    const [event] = (await hear(1)) as [Received];
    expect(event).toMatchObject({ path: '/dossiers', type: 'application/secevent+jwt' });
    const { payload, protectedHeader } = await jwtVerify(
      event.body,
      createRemoteJWKSet(new URL(`${product.issuer}/jwks`)),
      { issuer: product.issuer, audience: 'sandbox-api', typ: 'secevent+jwt' },
    );
    expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
    const { sub } = payload.sub_id as { sub: string };
    expect(payload).toEqual({
      iss: product.issuer,
      aud: 'sandbox-api',
      iat: expect.any(Number),
      jti: expect.any(String),
      toe: expect.any(Number),
      sub_id: { format: 'iss_sub', iss: product.issuer, sub: expect.any(String) },
      events: { [`${RISC}account-disabled`]: {} },
    });
    expect(await accountIdOf(product, sub, 'sandbox-api')).toBe(accountId);
    expect(Number(payload.toe)).toBeGreaterThanOrEqual(before);
    // §2.2, §4.6: it can be taken neither for an ID token nor for an access token.
    for (const member of ['sub', 'exp', 'nonce', 'acr']) expect(payload).not.toHaveProperty(member);
  });

  it('tells that sessions were ended', async () => {
    const accountId = await signIn('khanh');
    const registry = await Registry.load(product.deps);
    await performAct(product.deps, (act) =>
      endAllSessions(
        act,
        { deps: product.deps, registry },
        {
          accountId,
          reason: 'test',
          grantReason: 'signed_out',
          tokens: true,
        },
      ),
    );
    const [event] = (await hear(1)) as [Received];
    expect(eventsIn(event)).toEqual({
      [`${CAEP}session-revoked`]: { event_timestamp: expect.any(Number) },
    });
  });

  it('tells that the level fell, by a revocation or a hold', async () => {
    const lowered = {
      [`${CAEP}assurance-level-change`]: {
        namespace: 'tay-ninh-id',
        previous_level: 'level2',
        current_level: 'level1',
        change_direction: 'decrease',
        event_timestamp: expect.any(Number),
      },
    };
    const accountId = await signIn('binh', 'openid hoso.xem', true);
    await performAct(product.deps, (act) =>
      holdLevel2(act, { accountId, actor: 'officer-1', reason: 'reported' }),
    );
    const [held] = (await hear(1)) as [Received];
    expect(eventsIn(held)).toEqual(lowered);
    await performAct(product.deps, async (act) => {
      const id = (await findActiveId(act.trx, accountId)) ?? '';
      await endVerification(act, { id, status: 'revoked', reason: 'lost', actor: 'officer-1' });
    });
    const [, revoked] = (await hear(2)) as [Received, Received];
    expect(eventsIn(revoked)).toEqual(lowered);
  });

  it('comes again with the same jti until it is taken, and not after it was (RFC 8935 §2.2)', async () => {
    const accountId = await signIn('tuan');
    answers = [{ status: 503 }, { status: 400, body: '{"err":"invalid_key"}' }];
    await suspend(accountId);
    const tries = await hear(3);
    const names = tries.map(({ body }) => decodeJwt(body).jti);
    expect(new Set(names).size).toBe(1);
  }, 60_000);

  it('does not come again when the service says that it never will do (RFC 8935 §2.4)', async () => {
    const accountId = await signIn('duom');
    answers = [{ status: 400, body: '{"err":"invalid_audience","description":"not for us"}' }];
    await suspend(accountId);
    await hear(1);
    await sleep(4_000);
    expect(received).toHaveLength(1);
    expect(product.logged()).toContain('"reason":"invalid_audience"');
  });

  it('is not told of an act that failed, nor to a service that does not know the citizen', async () => {
    const accountId = await signIn('my', 'openid');
    await suspend(accountId);
    const other = await signIn('bay');
    await performAct(product.deps, async ({ record }) => {
      record({ event: 'account.suspended', account: other, actor: 'officer-1', reason: 'x' });
      throw new Error('the act fails');
    }).catch(() => {});
    await performAct(product.deps, async ({ trx }) => {
      await trx.updateTable('accounts').set({ status: 'active' }).where('id', '=', other).execute();
    });
    await sleep(1_500);
    expect(received).toEqual([]);
  });
});
