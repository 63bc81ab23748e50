/**
 * Every route of the console with every role, read off the router itself: a route that was mounted without a line in the
 * table below fails, and so does a right that is not kept.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PinHasher } from '../../src/account/pin-hasher.ts';
import { PortraitDecoder } from '../../src/console/portrait.ts';
import { consoleRoutes } from '../../src/console/routes.ts';
import { Registry } from '../../src/registry/registry.ts';
import { officerPassword } from '../../src/sandbox/officers.ts';
import { nextCode, signInOfficer, typePassword } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { Visitor } from '../support/visitor.ts';

/** R reviewer, S supervisor, C client manager, A auditor; * nobody signed in; + asks for the factor again. */
const expected: Record<string, string> = {
  'GET /console/sign-in': '*',
  'POST /console/sign-in': '*',
  'GET /console/sign-in/factor': '-',
  'POST /console/sign-in/factor': '-',
  'POST /console/sign-out': 'RSCA',
  'POST /console/confirm': 'RSCA',
  'GET /console/invitation/:token': '*',
  'POST /console/invitation/:token': '*',
  'GET /console': 'RSCA',
  'GET /console/own': 'RSCA',
  'POST /console/own/password': 'RSCA+',
  'GET /console/own/factor': 'RSCA+',
  'POST /console/own/factor': 'RSCA+',
  'POST /console/own/factors/:id/remove': 'RSCA+',
  'POST /console/own/household': 'RSCA',
  'POST /console/own/sign-out-others': 'RSCA',
  'GET /console/desk': 'RS',
  'GET /console/desk/:id': 'RS',
  'GET /console/desk/:id/status': 'RS',
  'GET /console/desk/:id/portrait': 'RS',
  'GET /console/desk/:id/slip': 'RS',
  'POST /console/desk': 'RS',
  'POST /console/desk/:id/code': 'RS',
  'POST /console/desk/:id/number': 'RS',
  'POST /console/desk/:id/open': 'RS',
  'POST /console/desk/:id/link': 'RS',
  'POST /console/desk/:id/answer': 'RS',
  'POST /console/desk/:id/reading': 'RS',
  'POST /console/desk/:id/seen': 'RS+',
  'POST /console/desk/:id/unlike': 'RS+',
  'POST /console/desk/:id/agree': 'RS+',
  'POST /console/desk/:id/refuse': 'RS+',
  'POST /console/desk/:id/cancel': 'RS',
  'POST /console/desk/:id/slip': 'RS',
  'GET /console/duplicates': 'SA',
  'GET /console/duplicates/:id': 'SA',
  'POST /console/duplicates/:id': 'SA',
  'POST /console/duplicates/:id/decide': 'S+',
  'POST /console/duplicates/:id/proposals/:proposal': 'S+',
  'GET /console/re-audits': 'RS',
  'GET /console/re-audits/:id': 'RS',
  'POST /console/re-audits/:id': 'RS',
  'GET /console/re-audits/:id/portrait': 'RS',
  'POST /console/re-audits/:id/answer': 'RS+',
  'POST /console/re-audits/:id/settle': 'S+',
  'GET /console/cases': 'RS',
  'POST /console/cases/next': 'RS',
  'GET /console/cases/:id': 'RS',
  'POST /console/cases/:id/take': 'RS',
  'POST /console/cases/:id/release': 'RS',
  'POST /console/cases/:id/reveal': 'RS',
  'GET /console/cases/:id/portrait': 'RS',
  'GET /console/cases/:id/photo': 'RS',
  'POST /console/cases/:id/decide': 'RS+',
  'POST /console/decisions/:id/undo': 'RS',
  'GET /console/officers': 'SA',
  'GET /console/officers/new': 'S',
  'GET /console/officers/:id': 'SA',
  'POST /console/officers': 'S+',
  'POST /console/officers/:id/rights': 'S+',
  'POST /console/officers/:id/suspend': 'S+',
  'POST /console/officers/:id/reinstate': 'S+',
  'POST /console/officers/:id/recovery': 'S+',
  'POST /console/officers/:id/household/:person/remove': 'S+',
  'POST /console/officers/:id/link': 'S+',
  'POST /console/recoveries/:id': 'S+',
  'GET /console/audit': 'SA',
  'POST /console/audit': 'SA',
  'POST /console/audit/export': 'SA+',
  'GET /console/audit/chain': 'SA',
  'POST /console/audit/chain': 'SA',
  'GET /console/reports': 'SCA',
  'POST /console/reports': 'SCA',
  'GET /console/reports/:report': 'SCA',
  'POST /console/reports/:report': 'SCA',
  'GET /console/reports/:report/csv': 'SCA',
  'GET /console/citizens': 'RS',
  'POST /console/citizens': 'RS',
  'GET /console/citizens/looks/:look': 'RS',
  'GET /console/citizens/looks/:look/:account': 'RS',
  'POST /console/citizens/looks/:look/:account/reveal': 'RS',
  'POST /console/citizens/looks/:look/:account/suspend': 'RS+',
  'POST /console/citizens/looks/:look/:account/reinstate': 'S+',
  'POST /console/citizens/looks/:look/:account/end-sessions': 'RS+',
  'POST /console/citizens/looks/:look/:account/hold': 'RS+',
  'POST /console/citizens/looks/:look/:account/release': 'S+',
  'POST /console/citizens/looks/:look/:account/revoke': 'S+',
  'POST /console/citizens/looks/:look/:account/proposals/:id': 'S+',
  'POST /console/citizens/looks/:look/:account/reports/:case': 'RS+',
  'POST /console/citizens/proposals/:id/look': 'S',
  'GET /console/not-me': 'RS',
  'POST /console/not-me/:case/look': 'RS',
  'GET /console/clients': 'SCA',
  'GET /console/what-if': 'SCA',
  'POST /console/what-if': 'SCA',
  'GET /console/what-if/csv': 'SCA',
  'GET /console/services/:id/test': 'C',
  'POST /console/services/:id/test': 'C+',
  ...Object.fromEntries(
    ['clients', 'services'].flatMap((kind) => [
      [`GET /console/${kind}/new`, 'C+'],
      [`POST /console/${kind}`, 'C+'],
      [`GET /console/${kind}/:id`, 'SCA'],
      [`GET /console/${kind}/:id/edit`, 'C+'],
      [`POST /console/${kind}/:id`, 'C+'],
      [`POST /console/${kind}/:id/turn`, 'C+'],
      [`POST /console/${kind}/:id/secret`, 'C+'],
    ]),
  ),
};
const logins = { R: 'hanh', S: 'lien', C: 'tri', A: 'yen' };

let product: Product;
let mounted: { method: string; path: string }[];
beforeAll(async () => {
  product = await startProduct();
  const { stack } = consoleRoutes({
    deps: product.deps,
    hasher: new PinHasher(),
    provider: product.provider,
    registry: await Registry.load(product.deps),
    portraits: new PortraitDecoder(),
  });
  mounted = stack.flatMap(({ methods, path }) =>
    methods
      .filter((method) => method !== 'HEAD')
      .map((method) => ({ method, path: String(path).replace(/\/$/, '') })),
  );
});
afterAll(() => product?.close());

function request(visitor: Visitor, { method, path }: { method: string; path: string }): Promise<Response> {
  const url = product.issuer + path.replace(/:\w+/g, () => randomUUID());
  if (method === 'GET') return visitor.fetch(url);
  return visitor.fetch(url, {
    method,
    body: new URLSearchParams(),
    headers: { origin: product.issuer, 'sec-fetch-site': 'same-origin' },
  });
}

describe('the rights of the console', () => {
  it('are written down for every route there is, and for no other', () => {
    expect(mounted.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
      Object.keys(expected).sort(),
    );
  });

  it('open nothing to a stranger, nor to a right password alone', async () => {
    const half = await typePassword(product, 'lien', officerPassword);
    for (const route of mounted) {
      const rule = expected[`${route.method} ${route.path}`] ?? '';
      if (rule === '*') continue;
      const stranger = await request(new Visitor(), route);
      const name = `${route.method} ${route.path}`;
      expect([name, stranger.status, stranger.headers.get('location')?.split('?')[0]]).toEqual([
        name,
        303,
        '/console/sign-in',
      ]);
      if (rule === '-') continue;
      const answer = await request(half, route);
      expect([name, answer.status, answer.headers.get('location')]).toEqual([
        name,
        303,
        '/console/sign-in/factor',
      ]);
    }
  });

  it.each(Object.entries(logins))('are kept for %s', async (letter, login) => {
    const fresh = await signInOfficer(product, login);
    const stale = await signInOfficer(product, login);
    const faults: string[] = [];
    // One session was just confirmed, the other one more than five minutes ago.
    product.travel(301);
    await fresh.open(`${product.issuer}/console/own/factor`);
    await fresh.submit('form-confirm', { code: nextCode(product, login) });
    for (const route of mounted) {
      const name = `${route.method} ${route.path}`;
      const rule = expected[name] ?? '';
      if (rule === '*' || rule === '-' || name.includes('/sign-out')) continue;
      const may = rule.includes(letter);
      const [one, other] = [await request(fresh, route), await request(stale, route)];
      const [said, saidStale] = [await one.text(), await other.text()];
      const asked = (text: string) => text.includes('id="form-confirm"');
      const refused = (status: number, text: string) => status === 403 && text.includes('forbidden');
      if (refused(one.status, said) === may) faults.push(`${name}: ${one.status}`);
      if (may && name !== 'POST /console/confirm' && asked(said)) faults.push(`${name}: asked too early`);
      if (may && rule.includes('+') !== asked(saidStale) && name !== 'POST /console/confirm')
        faults.push(`${name}: ${asked(saidStale) ? 'asks' : 'does not ask'} for the factor`);
      if (!may && asked(saidStale)) faults.push(`${name}: asks somebody without the right`);
      if (one.status >= 500 || other.status >= 500) faults.push(`${name}: ${one.status}`);
    }
    expect(faults).toEqual([]);
    for (const path of ['/console/own/sign-out-others', '/console/sign-out'])
      expect((await request(fresh, { method: 'POST', path })).status).toBe(303);
    expect((await stale.fetch(`${product.issuer}/console/own`)).status).toBe(303);
  });
});
