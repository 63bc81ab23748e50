/** What an officer opens, for bench/console.ts: every list and search of the console, with other values each time. */
import { findByName } from '../src/account/name-index.ts';
import type { Deps } from '../src/deps.ts';
import type { Visitor } from '../test/support/visitor.ts';
import { makeRandom, nameOf, type Province, personalNumber, phoneNumber } from './console-seed.ts';
import { scopes, services } from './console-services.ts';

export type Scene = { name: string; open: () => Promise<unknown> };

export function makeScenes(deps: Deps, officer: Visitor, issuer: string, province: Province): Scene[] {
  const random = makeRandom(7);
  const any = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const number = (most: number) => Math.floor(random() * most);
  const { accountIds, caseIds, officers, clients, size } = province;
  const at = (path: string) => async () => {
    const { status } = await officer.open(`${issuer}/console${path}`);
    if (status !== 200) throw new Error(`${path}: ${status}`);
  };
  const page = (name: string, path: () => string): Scene => ({ name, open: () => at(path())() });
  const audit = (name: string, query: () => Record<string, string>): Scene =>
    page(`log: ${name}`, () => `/audit?${new URLSearchParams(query())}`);
  const form = (name: string, who: () => string): Scene => ({
    name: `log: ${name}`,
    open: () =>
      officer.open(`${issuer}/console/audit`, {
        method: 'POST',
        body: new URLSearchParams({ who: who(), purpose: 'complaint' }),
        headers: { origin: issuer },
      }),
  });
  const search = (name: string, what: () => string): Scene => ({
    name: `citizens: ${name}`,
    open: async () => {
      await at('/citizens')();
      await officer.submit('form-find', { what: what(), purpose: 'citizen_asks' });
      if (!officer.page.url.includes('/looks/')) throw new Error(officer.text);
    },
  });
  const why = { purpose: 'complaint' };
  const clock = (back: number) =>
    new Date(Date.now() + 7 * 3600_000 - back * 24 * 3600_000).toISOString().slice(0, 16);
  const week = () => {
    const back = 8 + number(350);
    return { from: clock(back), until: clock(back - 7) };
  };
  const reports = ['sign-ins', 'verified', 'times', 'refusals', 'step-ups', 'lockouts', 'upstreams'];
  const days = (count: number) => `from=${clock(count - 1).slice(0, 10)}&until=${clock(0).slice(0, 10)}`;
  return [
    page('start page', () => ''),
    page('queue', () => '/cases'),
    page('queue, one way', () => '/cases?method=chip'),
    page('queue, rare reason', () => '/cases?reason=name_differs'),
    page('queue, commune', () => `/cases?commune=${any(['99001', '99002', 'none'])}`),
    page('queue, waiting for a week', () => '/cases?age=7'),
    page('queue, anywhere', () => `/cases?after=${Date.now() - number(365) * 24 * 3600_000}_${any(caseIds)}`),
    // Every hundredth case waits.
    page('case', () => `/cases/${caseIds[100 * number(Math.ceil(size.cases / 100))]}`),
    page('duplicates', () => '/duplicates'),
    page('re-audits', () => '/re-audits'),
    page('desk', () => '/desk'),
    page('officers', () => `/officers?after=cb${number(350)}`),
    audit('newest', () => ({ all: '1' })),
    audit('anywhere', () => ({ before: String(1 + number(size.events)) })),
    audit('account', () => ({ account: any(accountIds), ...why })),
    audit('busiest account', () => ({ account: accountIds[0] ?? '', ...why })),
    audit('busiest account, rare event', () => ({
      account: accountIds[0] ?? '',
      event: 'client.changed',
      ...why,
    })),
    audit('account, week', () => ({ account: any(accountIds), ...week(), ...why })),
    form('personal number', () => personalNumber(number(size.cases))),
    form('phone', () => phoneNumber(number(size.accounts))),
    audit('case', () => ({ case: any(caseIds), ...why })),
    audit('officer', () => ({ officer: any(officers).login })),
    audit('officer, week', () => ({ officer: any(officers).login, ...week() })),
    audit('officer, event', () => ({ officer: any(officers).login, event: 'case.decided' })),
    audit('officer, event that they never did', () => ({
      officer: any(officers).login,
      event: 'sign_in.succeeded',
    })),
    audit('common event', () => ({ event: 'sign_in.succeeded' })),
    audit('common event, week', () => ({ event: 'sign_in.succeeded', ...week() })),
    audit('rare event', () => ({ event: 'client.changed' })),
    audit('rare event, week', () => ({ event: 'client.changed', ...week() })),
    audit('event that never was', () => ({ event: 'keys.rotated' })),
    audit('week', () => week()),
    audit('app', () => ({ client: any(clients) })),
    audit('app, rare event', () => ({ client: any(clients), event: 'client.changed' })),
    audit('app, event, week', () => ({ client: any(clients), event: 'step_up.declined', ...week() })),
    audit('app, event of the busiest account', () => ({
      account: accountIds[0] ?? '',
      client: any(clients),
      event: 'consent.granted',
      ...why,
    })),
    page('check of the log', () => '/audit/chain'),
    page('reports, 30 days', () => `/reports?${days(30)}`),
    page('reports, 365 days', () => `/reports?${days(365)}`),
    ...reports.map((kind) => page(`report ${kind}, 365 days`, () => `/reports/${kind}?${days(365)}`)),
    search('personal number', () => personalNumber(number(size.cases))),
    search('phone', () => phoneNumber(number(size.accounts)).replace('+84', '0')),
    search('name', () => nameOf(number(size.accounts))),
    {
      name: 'citizen',
      open: async () => {
        await search('', () => personalNumber(number(size.cases))).open();
        return at(/\/console(\/citizens\/looks\/[\w-]+\/[\w-]+)/.exec(officer.page.html)?.[1] ?? '/none')();
      },
    },
    page('reports "not me"', () => '/not-me'),
    page('clients', () => '/clients'),
    page('what if an app asked for level2', () => `/what-if?of=client:${any(clients)}`),
    page('what if the busiest app did', () => `/what-if?of=client:${clients[0]}`),
    page('what if a service did', () => `/what-if?of=service:${any(services)}`),
    page('what if a scope did', () => `/what-if?of=scope:${any(scopes)}`),
    {
      name: 'name, three words',
      open: () => findByName(deps.db, deps.keyring, { name: nameOf(number(size.accounts)), limit: 20 }),
    },
    {
      name: 'name, two frequent words',
      open: () => findByName(deps.db, deps.keyring, { name: 'nguyen van', limit: 20 }),
    },
  ];
}
