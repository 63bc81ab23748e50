/** Which services the citizen used, what each was given and when; and taking it back. */
import Router from '@koa/router';
import { accountServicesPage } from '../../views/account-list.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { lastUses } from '../audit/ledger.ts';
import { AppError } from '../errors.ts';
import { pageProps, sayWhen, sendPage } from '../http/page.ts';
import type { Context, Language } from '../http/state.ts';
import { scopeOfClaim } from '../oidc/claims.ts';
import { listConsents, withdrawConsent } from '../oidc/grants.ts';
import type { Registry } from '../registry/registry.ts';
import { requireCitizen, type Scope } from './citizen.ts';

const page = '/account/services';

export function servicesRoutes(scope: Scope): Router {
  const { deps, registry } = scope;
  const router = new Router({ prefix: page });
  const nameOf = (ctx: Context, clientId: string) =>
    registry.clientName(clientId, ctx.state.lang) ?? clientId;

  router.get('/', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (!citizen) return;
    const text = messagesFor(ctx.state.lang).account.services;
    const [consents, uses] = await Promise.all([
      listConsents(deps.db, citizen.accountId),
      lastUses(deps.db, citizen.accountId),
    ]);
    const { done } = ctx.query;
    sendPage(
      ctx,
      accountServicesPage({
        page: pageProps(ctx),
        ...(typeof done === 'string' && registry.clientMetadata(done)
          ? { done: text.withdrawn(nameOf(ctx, done)) }
          : {}),
        services: consents.map((consent) => ({
          name: nameOf(ctx, consent.clientId),
          items: sayItems(registry, ctx.state.lang, [
            ...consent.scopes,
            ...consent.claims.flatMap((claim) => scopeOfClaim(claim) ?? []),
          ]),
          refused: sayItems(registry, ctx.state.lang, consent.refused),
          lines: [text.given(sayWhen(ctx, consent.grantedAt)), ...sayUse(ctx, uses.get(consent.clientId))],
          withdrawAction: `${page}/${encodeURIComponent(consent.clientId)}/withdraw`,
        })),
      }),
    );
  });

  router.post('/:client/withdraw', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, { page });
    if (!citizen) return;
    const clientId = String(ctx.params.client);
    const { accountId } = citizen;
    const withdrawn = await performAct(deps, (act) => withdrawConsent(act, scope, { accountId, clientId }));
    if (!withdrawn) throw new AppError('not_found', { backHref: page });
    ctx.status = 303;
    ctx.redirect(`${page}?done=${encodeURIComponent(clientId)}`);
  });
  return router;
}

function sayUse(ctx: Context, at: Date | undefined): string[] {
  return at ? [messagesFor(ctx.state.lang).account.services.used(sayWhen(ctx, at))] : [];
}

/** Purposes in the words of the consent page. */
function sayItems(registry: Registry, lang: Language, purposes: readonly string[]): string[] {
  const own: Record<string, { title: string }> = messagesFor(lang).scopes;
  return [...new Set(purposes)].map(
    (name) => own[name]?.title ?? registry.scope(name)?.description[lang] ?? name,
  );
}
