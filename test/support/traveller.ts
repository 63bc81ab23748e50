/** A visitor who can be held at our door: on the way back from an upstream, before the callback is opened. */
import type { Ask, Attempt, RelyingParty } from './relying-party.ts';
import { REDIRECT_URI } from './relying-party.ts';
import { Visitor } from './visitor.ts';

export class Traveller extends Visitor {
  readonly #hold: { callbacks: boolean };

  constructor() {
    const hold = { callbacks: false };
    super((url) => url.startsWith(REDIRECT_URI) || (hold.callbacks && /\/(zalo|vneid)\/callback/.test(url)));
    this.#hold = hold;
  }

  /** Goes to the upstream as this person (or refuses there) and returns the callback, which is not opened. */
  async fetchCallback(form: 'form-zalo' | 'form-vneid', person: string, fault = 'none'): Promise<string> {
    this.#hold.callbacks = true;
    await this.submit(form);
    await this.submit(undefined, { person, fault });
    this.#hold.callbacks = false;
    return this.page.url;
  }
}

/** A traveller who has been sent to us by the relying party. */
export async function depart(
  party: RelyingParty,
  ask: Ask = {},
): Promise<{ visitor: Traveller; attempt: Attempt }> {
  const visitor = new Traveller();
  return { visitor, attempt: await party.ask(visitor, ask) };
}

/** The same address with other parameters; undefined takes one away. */
export function withQuery(address: string, changes: Record<string, string | undefined>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
}
