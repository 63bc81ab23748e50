/** Zalo and VNeID on a bad day: a page for each fault, nothing half-written, and a way on afterwards. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProfile } from '../../src/account/identities.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { people } from '../../src/sandbox/people.ts';
import { faults } from '../../src/sandbox/zalo-faults.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { accountIdOf, RelyingParty } from '../support/relying-party.ts';
import { depart, Traveller, withQuery } from '../support/traveller.ts';
import type { Visitor } from '../support/visitor.ts';
import { countRows, expectErrorPage, goBack, type Watch, watchProcess } from '../support/watch.ts';

type Wire = (url: string, init: RequestInit | undefined) => Promise<Response> | undefined;

let watch: Watch;
let product: Product;
let party: RelyingParty;
/** What lies between us and the upstreams; undefined lets a request through. */
let wire: Wire = () => undefined;

beforeAll(async () => {
  watch = watchProcess();
  product = await startProduct({
    prepare: async (deps) => {
      const { fetch } = deps;
      deps.fetch = (input, init) => wire(String(input), init) ?? fetch(input, init);
    },
  });
  party = await RelyingParty.register(product);
});
afterAll(async () => {
  await watch.end(product);
  await product.close();
});

async function finish(visitor: Visitor, attempt: Awaited<ReturnType<typeof depart>>['attempt']) {
  await agree(visitor);
  return (await party.redeem(visitor, attempt)).claims();
}

/** Does something while the wire is bent. */
async function withWire(bent: Wire, act: () => Promise<unknown>): Promise<void> {
  wire = bent;
  try {
    await act();
  } finally {
    wire = () => undefined;
  }
}

const answers = (body: string, init?: ResponseInit) => Promise.resolve(new Response(body, init));
const broken = () => Promise.reject(new TypeError('fetch failed'));

/** What a fault of the sandbox's Zalo comes to; whatever is not named here is a refusal by Zalo. */
function expectedOf(fault: string): ErrorCode | 'signed in' | 'stranded' {
  const [stage = '', what = ''] = fault.split(':');
  const harmless = [
    'none',
    'callback:echo',
    'token:number-expiry',
    'me:string-zero',
    'me:no-error',
    'me:no-name',
  ];
  if (harmless.includes(fault)) return 'signed in';
  if (fault === 'callback:none') return 'stranded';
  if (fault === 'callback:no-code' || fault === 'callback:error-code') return 'zalo_denied';
  if (fault === 'callback:no-state' || fault === 'callback:other-state') return 'sign_in_link_expired';
  const noAnswer = ['slow', 'malformed', 'html', 'list', 'empty', '500', 'oversized', 'redirect'];
  const incomplete = ['no-token', 'empty-token', 'empty-id', 'no-id', 'number-id', '-501'];
  if (stage !== 'callback' && [...noAnswer, ...incomplete].includes(what)) return 'zalo_unavailable';
  return 'zalo_refused';
}

describe('a fault of Zalo', () => {
  // The slow ones have a test of their own below: nobody waits ten seconds twice.
  const names = [...faults.keys()].filter((name) => !name.endsWith(':slow'));

  it.each(names.map((fault) => [fault, expectedOf(fault)]))('%s ends in %s', async (fault, expected) => {
    const { visitor, attempt } = await depart(party);
    const signIn = visitor.page.url;
    const before = await countRows(product);
    await signInWithZalo(visitor, 'an', fault);
    if (expected === 'signed in') {
      expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1', amr: ['zalo'] });
      return;
    }
    if (expected === 'stranded') expect(new URL(visitor.page.url).pathname).toBe('/zalo/v4/permission/error');
    else
      expectErrorPage(
        visitor,
        expected,
        { zalo_denied: 403, sign_in_link_expired: 400 }[expected as never] ?? 502,
      );
    expect(await countRows(product)).toEqual(before);
    await visitor.open(signIn);
    await signInWithZalo(visitor, 'an');
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });

  it('an answer that does not come is given up after ten seconds', { timeout: 20_000 }, async () => {
    const { visitor } = await depart(party);
    const started = performance.now();
    await signInWithZalo(visitor, 'an', 'token:slow');
    expectErrorPage(visitor, 'zalo_unavailable', 502);
    expect(performance.now() - started).toBeLessThan(13_000);
    expect(product.logged()).toContain('"code":"timeout"');
    await goBack(visitor);
    expect(visitor.has('form-zalo')).toBe(true);
  });

  it('the question who it is has a time limit too', async () => {
    const { visitor } = await depart(party);
    const bent: Wire = (url, init) => {
      if (!url.includes('/v2.0/me')) return undefined;
      // Only who brought a signal can be cut off; the limit itself is brought forward.
      if (!init?.signal) throw new Error('no time limit was set');
      return fetch(url, { ...init, signal: AbortSignal.timeout(50) });
    };
    await withWire(bent, () => signInWithZalo(visitor, 'an', 'me:slow'));
    expectErrorPage(visitor, 'zalo_unavailable', 502);
  });

  it('servers outside Vietnam are the operator’s matter: logged as such, and the citizen is not blamed', async () => {
    const { visitor } = await depart(party);
    await signInWithZalo(visitor, 'an', 'me:-501');
    expectErrorPage(visitor, 'zalo_unavailable', 502);
    const line = product
      .logged()
      .split('\n')
      .findLast((text) => text.includes('outside Vietnam'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 50, upstream: 'zalo', code: '-501' });
  });

  it('a redirect is not followed, even to a good answer', async () => {
    const elsewhere = createServer((request, response) => {
      if (request.url === '/profile') response.end('{"id":"5160000000000000999"}');
      else response.writeHead(302, { location: '/profile' }).end();
    });
    await new Promise<void>((settle) => elsewhere.listen(0, '127.0.0.1', settle));
    const { port } = elsewhere.address() as AddressInfo;
    try {
      const { visitor } = await depart(party);
      const bent: Wire = (url, init) =>
        url.includes('/v2.0/me') ? fetch(`http://127.0.0.1:${port}/`, init) : undefined;
      await withWire(bent, () => signInWithZalo(visitor, 'an'));
      expectErrorPage(visitor, 'zalo_unavailable', 502);
    } finally {
      elsewhere.closeAllConnections();
      elsewhere.close();
    }
  });

  it('an error that is a sentence is a refusal, and the sentence stays out of the log', async () => {
    const { visitor } = await depart(party);
    const bent: Wire = (url) => (url.includes('/v2.0/me') ? answers('{"error":"Nguyễn Văn An"}') : undefined);
    await withWire(bent, () => signInWithZalo(visitor, 'an'));
    expectErrorPage(visitor, 'zalo_refused', 502);
  });

  it('an unreachable Zalo is a page, and the sign-in page stays usable', async () => {
    const unreachable = await startProduct({ env: { TNID_ZALO_OAUTH_URL: 'http://127.0.0.1:1' } });
    try {
      const visitor = new Traveller();
      await (await RelyingParty.register(unreachable)).ask(visitor);
      const signIn = visitor.page.url;
      const away = await visitor.fetch(`${signIn}/zalo`, { method: 'POST' });
      const { searchParams, port } = new URL(away.headers.get('location') ?? '');
      expect(port).toBe('1');
      await visitor.open(`${unreachable.issuer}/zalo/callback?code=c&state=${searchParams.get('state')}`);
      expectErrorPage(visitor, 'zalo_unavailable', 502);
      expect(await countRows(unreachable)).toMatchObject({ accounts: 0, identities: 0, sessions: 0 });
      await goBack(visitor);
      expect(visitor.page).toMatchObject({ status: 200, url: signIn });
    } finally {
      await unreachable.close();
    }
  });
});

describe('who Zalo says it is', () => {
  it('stays exact beyond 2^53: neighbours are two accounts', async () => {
    const subjects = new Set<string>();
    for (const id of ['an', 'binh', 'bay', 'khanh']) {
      const { visitor, attempt } = await depart(party);
      await signInWithZalo(visitor, id);
      const sub = (await finish(visitor, attempt))?.sub ?? '';
      subjects.add(sub);
      const profile = await findProfile(
        product.deps.db,
        product.deps.keyring,
        'zalo',
        await accountIdOf(product, sub),
      );
      const person = people.find((one) => one.id === id);
      expect(profile?.subject).toBe(person?.zaloId);
      expect(Number.isSafeInteger(Number(profile?.subject))).toBe(false);
    }
    expect(subjects.size).toBe(4);
  });

  it.each(['my', 'toan', 'tuan', 'cuong'])(
    '%s signs in first from two phones at once: one account',
    async (id) => {
      const before = await countRows(product);
      const phones = await Promise.all([depart(party), depart(party), depart(party)]);
      const callbacks = await Promise.all(
        phones.map(({ visitor }) => visitor.fetchCallback('form-zalo', id)),
      );
      await Promise.all(phones.map(({ visitor }, index) => visitor.open(callbacks[index] ?? '')));
      const subjects = [];
      for (const { visitor, attempt } of phones) subjects.push((await finish(visitor, attempt))?.sub);
      expect(new Set(subjects).size).toBe(1);
      const { accounts, identities } = await countRows(product);
      expect({ accounts, identities }).toEqual({
        accounts: before.accounts + 1,
        identities: before.identities + 1,
      });
    },
  );
});

describe('a fault of VNeID', () => {
  /** At the page that asks for level2, signed in through Zalo. */
  async function atStepUp(person: string) {
    const departed = await depart(party, { acrValues: 'level2' });
    await signInWithZalo(departed.visitor, person);
    expect(departed.visitor.has('form-vneid')).toBe(true);
    return departed;
  }

  it('unreachable: a page with a way back; when it is up again, level2 is reached', async () => {
    // A product of its own: one that has met VNeID before does not ask for its addresses again.
    let down = true;
    const fresh = await startProduct({
      prepare: async (deps) => {
        const { fetch } = deps;
        deps.fetch = (input, init) =>
          down && String(input).includes('/vneid') ? broken() : fetch(input, init);
      },
    });
    try {
      const visitor = new Traveller();
      const freshParty = await RelyingParty.register(fresh);
      const attempt = await freshParty.ask(visitor, { acrValues: 'level2' });
      await signInWithZalo(visitor, 'duom');
      await visitor.submit('form-vneid');
      expectErrorPage(visitor, 'vneid_unavailable', 502);
      down = false;
      await goBack(visitor);
      await proveWithVneid(visitor, 'duom');
      await agree(visitor);
      expect((await freshParty.redeem(visitor, attempt)).claims()?.acr).toBe('level2');
    } finally {
      await fresh.close();
    }
  });

  const at = (path: string, answer: () => Promise<Response>): Wire => {
    return (url) => (url.includes(path) ? answer() : undefined);
  };
  const json = { headers: { 'content-type': 'application/json' } };
  const token = '/vneid/token';
  it.each<[string, ErrorCode, Wire]>([
    ['gone when the code is redeemed', 'vneid_unavailable', at(token, broken)],
    ['an error 500', 'vneid_unavailable', at(token, () => answers('Oops', { status: 500 }))],
    ['a page in the place of tokens', 'vneid_unavailable', at(token, () => answers('<p>Maintenance</p>'))],
    ['broken JSON', 'vneid_unavailable', at(token, () => answers('{"access_token":', json))],
    ['an empty answer', 'vneid_unavailable', at(token, () => answers('{}', json))],
    [
      'a refused code',
      'vneid_refused',
      at(token, () => answers('{"error":"invalid_grant"}', { ...json, status: 400 })),
    ],
    [
      'no ID token',
      'vneid_unavailable',
      at(token, () => answers('{"access_token":"a","token_type":"Bearer"}', json)),
    ],
    ['gone when asked who it is', 'vneid_unavailable', at('/vneid/me', broken)],
    [
      'another person’s userinfo',
      'vneid_unavailable',
      at('/vneid/me', () => answers('{"sub":"vneid-bay"}', json)),
    ],
  ])('%s: %s, nothing written, and going on works', async (_, code, bent) => {
    const { visitor, attempt } = await atStepUp('nhi');
    const before = await countRows(product);
    await withWire(bent, () => proveWithVneid(visitor, 'nhi'));
    expectErrorPage(visitor, code, 502);
    expect(await countRows(product)).toEqual(before);
    await goBack(visitor);
    await visitor.submit('form-decline');
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });

  it('an error with words about a person in it is a refusal, and the words stay out of the log', async () => {
    const { visitor } = await atStepUp('nhi');
    const callback = await visitor.fetchCallback('form-vneid', 'nhi');
    await visitor.open(withQuery(callback, { code: undefined, error: 'Trịnh Bảo Nhi 080314000110' }));
    expectErrorPage(visitor, 'vneid_refused', 502);
  });

  it('an ID token with another signature proves nothing', async () => {
    const { visitor } = await atStepUp('nhi');
    const forge: Wire = (url, init) => {
      if (!url.includes(token)) return undefined;
      return fetch(url, init).then(async (answer) => {
        const body = (await answer.json()) as { id_token: string };
        const [header, payload, signature = ''] = body.id_token.split('.');
        const forged = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
        return Response.json({ ...body, id_token: [header, payload, forged].join('.') });
      });
    };
    const before = await countRows(product);
    await withWire(forge, () => proveWithVneid(visitor, 'nhi'));
    expectErrorPage(visitor, 'vneid_unavailable', 502);
    expect(await countRows(product)).toEqual(before);
  });

  it.each<[string, string, ErrorCode, number]>([
    ['an organisation', 'hop-tac-xa', 'vneid_not_citizen', 1],
    ['a number of 11 digits', 'so-thieu', 'vneid_bad_number', 1],
    ['a number that cannot exist', 'so-sai', 'vneid_bad_number', 1],
    ['a locked account', 'tho', 'vneid_denied', 0],
  ])('%s is not level2, and the wish may be given up', async (_, person, code, newCases) => {
    const { visitor, attempt } = await atStepUp(person);
    const before = await countRows(product);
    await proveWithVneid(visitor, person);
    expectErrorPage(visitor, code, 403);
    // The attempt is kept as a rejected case; nothing is verified, no VNeID identity is tied.
    expect(await countRows(product)).toEqual({ ...before, cases: before.cases + newCases });
    await goBack(visitor);
    await visitor.submit('form-decline');
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });
});
