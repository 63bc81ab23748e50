/**
 * Whoever is signed in already goes on to the next service without a page of ours (single sign-on). The citizen's
 * ledger shows that, too. It is the fastest way through the provider, so the line is not written while the browser
 * waits: what came together within a second goes into the audit chain in one act, a moment later.
 *
 * A service that asks silently (`prompt=none`) does it again and again: of those one an hour is written.
 */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { performAct } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import type { Deps } from '../deps.ts';
import { isLevel } from '../guard/levels.ts';
import { clientMembers } from '../registry/registry.ts';

const FLUSH_MS = 1_000;
const HOUR_MS = 3600 * 1000;
/** The head of the chain is held while an act is written: many short acts, not one long one. */
const PART = 50;
/** A database that is away for long must not fill the memory. */
const MOST = 20_000;

export class ContinuedSignIns {
  readonly #deps: Pick<Deps, 'db' | 'clock' | 'log'>;
  readonly #timer: NodeJS.Timeout;
  /** `account client` → when a silent one was last noted. */
  readonly #silent = new Map<string, number>();
  #events: AuditEvent[] = [];
  #writing: Promise<void> | undefined;

  constructor(deps: Pick<Deps, 'db' | 'clock' | 'log'>, provider: Provider) {
    this.#deps = deps;
    this.#timer = setInterval(() => void this.#flush(), FLUSH_MS);
    this.#timer.unref();
    provider.on('authorization.success', (ctx) => this.#note(ctx));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#flush();
  }

  #note({ oidc }: KoaContextWithOIDC): void {
    const { client, account, result, params, acr } = oidc;
    // With a sign-in of its own it is in the books already.
    if (!client || !account || result?.login || client[clientMembers.ownPages] === true) return;
    if (params?.prompt === 'none' && !this.#isFirst(`${account.accountId} ${client.clientId}`)) return;
    if (this.#events.length < MOST)
      this.#events.push({
        event: 'sign_in.continued',
        account: account.accountId,
        client: client.clientId,
        ...(isLevel(acr) ? { level: acr } : {}),
      });
  }

  #isFirst(key: string): boolean {
    const now = this.#deps.clock().getTime();
    if (now - (this.#silent.get(key) ?? Number.NEGATIVE_INFINITY) < HOUR_MS) return false;
    this.#silent.set(key, now);
    return true;
  }

  async #flush(): Promise<void> {
    if (this.#writing) return this.#writing;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const hourAgo = this.#deps.clock().getTime() - HOUR_MS;
    for (const [key, at] of this.#silent) if (at < hourAgo) this.#silent.delete(key);
    while (this.#events.length > 0) {
      const part = this.#events.slice(0, PART);
      try {
        await performAct(this.#deps, async ({ record }) => part.forEach(record));
      } catch (error) {
        this.#deps.log.error({ error: (error as Error).message }, 'sign-ins are not in the books yet');
        return;
      }
      this.#events = this.#events.slice(part.length);
    }
  }
}
