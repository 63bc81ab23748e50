/**
 * The OpenID Foundation's conformance suite in miniature: its static clients (docs/conformance), its requests, and its
 * scripted browser, which does with our pages what the settings of the plan say (scripts/conformance-plans). What a module
 * of the suite demands stands in the tests.
 */
import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { type Client, type Command, plansFor, type Script } from '../../scripts/conformance-plans.ts';
import { applyRegistryFile, parseRegistryFile, planRegistryFile } from '../../src/registry/file.ts';
import { type Product, type ProductOptions, startProduct } from '../support/product.ts';
import { Visitor } from '../support/visitor.ts';

const SUITE = 'https://localhost.emobix.co.uk:8443/test/a/tay-ninh-id';
export const CALLBACK = `${SUITE}/callback`;
export const LOGGED_OUT = `${SUITE}/post_logout_redirect`;

export type Params = Record<string, string | undefined>;
export type Answer = Record<string, string>;
type Tokens = Record<string, string>;

/** The product with the suite's clients, as a file of docs/conformance registers them. */
export async function startForSuite(options: ProductOptions = {}, file = 'registry.yaml'): Promise<Product> {
  const text = readFileSync(new URL(`../../docs/conformance/${file}`, import.meta.url), 'utf8');
  return startProduct({
    ...options,
    prepare: async (deps) => {
      const parsed = parseRegistryFile(text, 'sandbox');
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
      const pen = { ...deps, actor: 'test' };
      const plan = await planRegistryFile(pen, parsed.file);
      if (!plan.ok) throw new Error(JSON.stringify(plan.faults));
      const applied = await applyRegistryFile(pen, parsed.file, plan);
      if (!('ok' in applied) || !applied.ok) throw new Error('the file was not applied');
      await options.prepare?.(deps);
    },
  });
}

/** `address` as the suite matches it: `*` is anything. */
export function matches(pattern: string, address: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.?+^$()[\]{}|\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(address);
}

/** The suite's browser, without a script of the page's own. One for each run of a module. */
export class ScriptedBrowser {
  readonly visitor = new Visitor((url) => url.startsWith(SUITE));
  /** What pictures were taken of, as the module asked. */
  readonly pictures: string[] = [];
  /** The fields of the form that was sent last. */
  #posted: Answer = {};
  readonly #scripts: Script[];

  constructor(plan: keyof ReturnType<typeof plansFor>, issuer: string, module?: string) {
    const settings = plansFor(issuer)[plan];
    if (!settings) throw new Error(`no plan ${plan}`);
    this.#scripts = structuredClone((module && settings.override?.[module]?.browser) || settings.browser);
  }

  /** Goes there and does what the plan's script says; what came back to the suite, wherever it stood. */
  async visit(address: string, method: 'GET' | 'POST' = 'GET'): Promise<Answer> {
    const script = this.#scripts.find((one) => matches(one.match, address) && one['match-limit'] !== 0);
    if (!script) throw new Error(`no script for ${address}`);
    if (script['match-limit']) script['match-limit'] -= 1;
    this.#posted = {};
    const [path = '', query = ''] = address.split('?');
    await (method === 'GET'
      ? this.visitor.open(address)
      : this.visitor.open(path, { method, body: new URLSearchParams(query) }));
    for (const { task, match, optional, commands = [] } of script.tasks) {
      const fits = matches(match, this.visitor.page.url);
      if (!fits && !optional) throw new Error(`${task}: ${this.visitor.page.url} ${this.visitor.text}`);
      if (fits) for (const command of commands) await this.#do(command);
    }
    return this.#answer();
  }

  async #do([what, how, target, given, action]: Command): Promise<void> {
    const { page } = this.visitor;
    // The suite's own pages are not here.
    if (page.status === 0) return;
    if (what === 'wait') {
      if (!new RegExp(`${given}`).test(page.html)) throw new Error(`${given} is not on ${page.url}`);
      void action;
      this.pictures.push(this.visitor.text);
      return;
    }
    const selector = how === 'id' ? `#${target}` : String(target);
    const found = this.#find(selector);
    if (!found && given !== 'optional') throw new Error(`${selector} is not on ${page.url}`);
    if (!found) return;
    this.#posted = found.fields;
    await this.visitor.submit(found.form, found.button);
  }

  /** The form that a button belongs to, its hidden fields, and what the button sends. */
  #find(selector: string) {
    const [, id, value] = /^#([\w-]+)$|^button\[value=([\w-]+)\]$/.exec(selector) ?? [];
    const wanted = id
      ? new RegExp(`<button[^>]*\\sid="${id}"[^>]*>`)
      : new RegExp(`<button[^>]*\\svalue="${value}"[^>]*>`);
    for (const [, attributes = '', inner = ''] of this.visitor.page.html.matchAll(
      /<form([^>]*)>([\s\S]*?)<\/form>/g,
    )) {
      const button = wanted.exec(inner)?.[0];
      if (!button) continue;
      const read = (tag: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
      const hidden = [...inner.matchAll(/<input[^>]*>/g)].map(([tag]) => [
        read(tag, 'name') ?? '',
        (read(tag, 'value') ?? '').replaceAll('&amp;', '&'),
      ]);
      const name = read(button, 'name');
      return {
        form: read(attributes, 'id'),
        fields: Object.fromEntries(hidden) as Answer,
        button: name ? { [name]: read(button, 'value') ?? '' } : {},
      };
    }
    return undefined;
  }

  #answer(): Answer {
    const url = new URL(this.visitor.page.url);
    if (!url.href.startsWith(SUITE)) return {};
    const fragment = new URLSearchParams(url.hash.slice(1));
    return { ...this.#posted, ...Object.fromEntries(fragment), ...Object.fromEntries(url.searchParams) };
  }
}

/** The requests of the Basic family, for one client. */
export class Requests {
  readonly #product: Product;
  readonly client: Client;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(product: Product, client: Client) {
    this.#product = product;
    this.client = client;
    this.#keys = createRemoteJWKSet(new URL(`${product.issuer}/jwks`));
  }

  authorize(params: Params = {}): string {
    const all: Params = {
      client_id: this.client.client_id,
      redirect_uri: CALLBACK,
      scope: 'openid',
      state: 'a-state-of-the-suite',
      nonce: 'a-nonce-of-the-suite',
      response_type: 'code',
      ...params,
    };
    return `${this.#product.issuer}/auth?${new URLSearchParams(present(all))}`;
  }

  async post(path: string, params: Params, headers: Record<string, string> = this.basic()) {
    const response = await fetch(`${this.#product.issuer}${path}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(present(params)),
    });
    const text = await response.text();
    const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Tokens;
    return { status: response.status, headers: response.headers, body };
  }

  basic(): Record<string, string> {
    const pair = `${this.client.client_id}:${this.client.client_secret}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }

  redeem(code: string | undefined, more: Params = {}, headers?: Record<string, string>) {
    return this.post(
      '/token',
      { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...more },
      headers,
    );
  }

  /** An ID token as the suite takes it: our issuer, its client, a signature of a published key that is named. */
  async readIdToken(token: string | undefined): Promise<JWTPayload> {
    const { payload, protectedHeader } = await jwtVerify(token ?? '', this.#keys, {
      issuer: this.#product.issuer,
      audience: this.client.client_id,
      requiredClaims: ['sub', 'iat', 'exp'],
    });
    if (!protectedHeader.kid) throw new Error('no kid');
    return payload;
  }

  async userInfo(accessToken: string | undefined): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#product.issuer}/me`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return (await response.json()) as Record<string, unknown>;
  }
}

export function present(params: Params): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
