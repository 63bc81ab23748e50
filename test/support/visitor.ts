/**
 * A browser without script, for journeys over HTTP: keeps cookies by host and path, follows redirects, reads forms
 * and sends them. It does what a plain browser does and nothing a citizen could not.
 */
type Cookie = { name: string; value: string; path: string; host: string };

export type Page = { url: string; status: number; html: string; headers: Headers };

export class Visitor {
  #cookies: Cookie[] = [];
  page: Page = { url: 'about:blank', status: 0, html: '', headers: new Headers() };
  /** Where redirects are not followed, so that a relying party of the test's own reads them. */
  readonly #stopAt: (url: string) => boolean;

  constructor(stopAt: (url: string) => boolean = () => false) {
    this.#stopAt = stopAt;
  }

  /** Another browser with the same cookies, as a thief of them would have. */
  copy(): Visitor {
    const copy = new Visitor(this.#stopAt);
    copy.#cookies = [...this.#cookies];
    return copy;
  }

  /** Opens an address and follows redirects; ends at a page, or at an address that belongs to the test. */
  async open(url: string, init: RequestInit = {}): Promise<Page> {
    let next: { url: string; init: RequestInit } = { url, init };
    for (let hops = 0; hops < 25; hops += 1) {
      if (this.#stopAt(next.url)) {
        this.page = { url: next.url, status: 0, html: '', headers: new Headers() };
        return this.page;
      }
      const response = await this.fetch(next.url, next.init);
      const location = response.headers.get('location');
      if (!location || response.status < 300 || response.status > 399) {
        this.page = {
          url: next.url,
          status: response.status,
          html: await response.text(),
          headers: response.headers,
        };
        return this.page;
      }
      await response.body?.cancel();
      next = { url: new URL(location, next.url).href, init: {} };
    }
    throw new Error(`too many redirects, the last to ${next.url}`);
  }

  /** One request with this browser's cookies; keeps those that come back. */
  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookies = this.#cookiesFor(new URL(url));
    if (cookies) headers.set('cookie', cookies);
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(new URL(url), line);
    return response;
  }

  /** Sends the form with this id, or the only form; `fields` are filled in, a button is a field, `ticked` are ids of boxes. */
  async submit(
    form: string | undefined,
    fields: Record<string, string> = {},
    ticked: readonly string[] = [],
  ): Promise<Page> {
    const forms = [...this.page.html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)];
    const found = forms.find(
      ([, attributes]) => form === undefined || attribute(attributes ?? '', 'id') === form,
    );
    if (!found)
      throw new Error(`no form ${form ?? ''} on ${this.page.url} (${this.page.status}): ${this.text}`);
    const action = new URL(attribute(found[1] ?? '', 'action') ?? this.page.url, this.page.url);
    const data = new URLSearchParams();
    for (const [tag] of (found[2] ?? '').matchAll(/<input[^>]*>/g)) {
      const name = attribute(tag, 'name');
      // A box that is not ticked is not sent, and several of one name are all sent.
      const isSent = !/\stype="(checkbox|radio)"/.test(tag) || /\schecked[\s>]/.test(tag);
      if (name && isSent) data.append(name, attribute(tag, 'value') ?? '');
    }
    for (const [, select, options] of (found[2] ?? '').matchAll(/<select([^>]*)>([\s\S]*?)<\/select>/g)) {
      const all = [...(options ?? '').matchAll(/<option[^>]*>/g)].map(([tag]) => tag);
      const chosen = all.find((tag) => /\sselected[\s>]/.test(tag)) ?? all[0];
      const name = attribute(select ?? '', 'name');
      if (name && chosen) data.append(name, attribute(chosen, 'value') ?? '');
    }
    for (const [, area = '', text = ''] of (found[2] ?? '').matchAll(
      /<textarea([^>]*)>([\s\S]*?)<\/textarea>/g,
    )) {
      const name = attribute(area, 'name');
      if (name) data.append(name, decode(text));
    }
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    for (const id of ticked) {
      const box = new RegExp(`<input[^>]*\\sid="${id}"[^>]*>`).exec(found[2] ?? '')?.[0];
      if (!box) throw new Error(`no box ${id} in the form ${form ?? ''}`);
      data.append(attribute(box, 'name') ?? '', attribute(box, 'value') ?? 'on');
    }
    return this.open(action.href, {
      method: 'POST',
      body: data,
      headers: { origin: new URL(this.page.url).origin, 'sec-fetch-site': 'same-origin' },
    });
  }

  /** What the page says, without markup. */
  get text(): string {
    return decode(
      this.page.html.replace(/<(head|style)[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' '),
    ).replace(/\s+/g, ' ');
  }

  has(form: string): boolean {
    return new RegExp(`<form[^>]*id="${form}"`).test(this.page.html);
  }

  setCookie(url: string, name: string, value: string, path = '/'): void {
    this.#keep(new URL(url), `${name}=${value}; path=${path}`);
  }

  cookie(name: string): string | undefined {
    return this.#cookies.find((cookie) => cookie.name === name)?.value;
  }

  #cookiesFor(url: URL): string {
    return this.#cookies
      .filter(({ host, path }) => host === url.hostname && pathMatches(url.pathname, path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  #keep(url: URL, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const read = (name: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    const path = read('path') ?? '/';
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path, host: url.hostname };
    this.#cookies = this.#cookies.filter(
      (kept) => !(kept.name === cookie.name && kept.path === path && kept.host === cookie.host),
    );
    const expires = read('expires');
    if (cookie.value !== '' && !(expires && Date.parse(expires) < Date.now())) this.#cookies.push(cookie);
  }
}

function pathMatches(path: string, cookiePath: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decode(value);
}

function decode(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
