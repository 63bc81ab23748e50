/**
 * What must hold whatever a visitor sends: no promise rejects unheard, nothing is printed past the log, and the log
 * holds neither a person nor a secret. The secrets are gathered from the traffic itself, so that none is forgotten.
 */
import { setImmediate } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { people } from '../../src/sandbox/people.ts';
import { type Lang, messagesFor } from '../../views/messages.ts';
import type { Product } from './product.ts';
import type { Visitor } from './visitor.ts';

const secretParameters = ['code', 'state', 'nonce', 'code_challenge', 'id_token_hint', 'id_token'];
const secretMembers = /"(?:access_token|refresh_token|id_token)":"([^"]+)"/g;

export type Watch = {
  /** Everything in the traffic that must stay out of the log. */
  secrets: Set<string>;
  /** Asserts what this module promises, then takes the watch off. */
  end: (product: Product) => Promise<void>;
};

/** Starts watching; before the product starts, since the product keeps the `fetch` it finds. */
export function watchProcess(): Watch {
  const secrets = new Set<string>();
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    noteUrl(secrets, String(input instanceof Request ? input.url : input));
    const response = await realFetch(input, init);
    noteUrl(secrets, response.headers.get('location') ?? '');
    for (const line of response.headers.getSetCookie()) note(secrets, /^tnid_[^=]+=([^;]*)/.exec(line)?.[1]);
    if (/json/.test(response.headers.get('content-type') ?? '')) {
      const text = await response.clone().text();
      for (const [, token] of text.matchAll(secretMembers)) note(secrets, token);
    }
    return response;
  };
  const end = async (product: Product) => {
    globalThis.fetch = realFetch;
    await setImmediate();
    process.off('unhandledRejection', onRejection);
    expect(rejections).toEqual([]);
    expect(printed.mock.calls).toEqual([]);
    printed.mockRestore();
    expectCleanLog(product, secrets);
  };
  return { secrets, end };
}

function expectCleanLog(product: Product, secrets: Set<string>): void {
  const log = product.logged();
  // A log without requests, or a watch that saw no secret, would prove nothing.
  expect(log).toContain('"path":"/interaction/:id"');
  expect(secrets.size).toBeGreaterThan(10);
  const personal = people.flatMap(({ fullName, zaloName, zaloId, personalNumber, vneidId, phone }) =>
    [fullName, zaloName, zaloId, personalNumber, vneidId, phone].filter((text) => text !== undefined),
  );
  expect([...personal, ...secrets].filter((text) => log.includes(text))).toEqual([]);
}

function noteUrl(secrets: Set<string>, text: string): void {
  const url = URL.parse(text, 'http://localhost');
  for (const name of secretParameters) note(secrets, url?.searchParams.get(name));
}

function note(secrets: Set<string>, text: string | null | undefined): void {
  // Short values are words of the tests ("another"), not secrets.
  if (text && text.length >= 20) secrets.add(text);
}

/** The visitor sees the error page of this code: its status, its sentences in their language, and the two codes. */
export function expectErrorPage(visitor: Visitor, code: ErrorCode, status: number, lang: Lang = 'vi'): void {
  const { page, text } = visitor;
  const { title, advice } = messagesFor(lang).errors[code];
  const shown = /id="error-code">([^<]*)</.exec(page.html)?.[1];
  expect({ status: page.status, code: shown }).toEqual({ status, code });
  expect(page.html).toContain(`<html lang="${lang}">`);
  expect(text).toContain(title);
  expect(text).toContain(advice);
  expect(page.html).toContain(`id="request-id">${page.headers.get('x-request-id')}<`);
}

/** Follows the error page's way back. */
export async function goBack(visitor: Visitor): Promise<void> {
  const href = /id="link-back"[^>]*href="([^"]+)"/.exec(visitor.page.html)?.[1];
  if (!href) throw new Error(`no way back on ${visitor.page.url}: ${visitor.text}`);
  await visitor.open(new URL(href, visitor.page.url).href);
}

/** How much is in the database of what a sign-in may write. */
export async function countRows({ deps: { db } }: Product) {
  const count = async (table: 'accounts' | 'identities' | 'verifications' | 'cases' | 'consents') => {
    const { rows } = await db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<bigint>().as('rows'))
      .executeTakeFirstOrThrow();
    return Number(rows);
  };
  const artefacts = await db
    .selectFrom('oidc_artefacts')
    .select(['model', (eb) => eb.fn.countAll<bigint>().as('rows')])
    .groupBy('model')
    .execute();
  const of = (model: string) => Number(artefacts.find((row) => row.model === model)?.rows ?? 0);
  return {
    accounts: await count('accounts'),
    identities: await count('identities'),
    verifications: await count('verifications'),
    cases: await count('cases'),
    consents: await count('consents'),
    sessions: of('Session'),
    grants: of('Grant'),
    codes: of('AuthorizationCode'),
    tokens: of('AccessToken') + of('RefreshToken'),
  };
}
