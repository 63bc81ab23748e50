/** What a consent page asks for: read off the request, and said in the citizen's words. */
import { messagesFor } from '../../views/messages.ts';
import type { Language } from '../http/state.ts';
import { openidScopes, scopeOfClaim } from '../oidc/claims.ts';
import type { Request } from '../oidc/grants.ts';
import type { Registry } from '../oidc/registry.ts';
import type { Interaction } from './finish.ts';

/** Goes up with every change of the sentences a citizen agrees to (proof of consent names it). */
export const CONSENT_TEXT_VERSION = '2026-11';

type Missing = {
  missingOIDCScope?: string[];
  missingOIDCClaims?: string[];
  missingResourceScopes?: Record<string, string[]>;
};

/** What is asked for: what is missing, or, when the client asks for consent anew, everything requested. */
export function requestOf(interaction: Interaction, registry: Registry): Request {
  const missing = interaction.prompt.details as Missing;
  if (missing.missingOIDCScope || missing.missingOIDCClaims || missing.missingResourceScopes) {
    return {
      scopes: missing.missingOIDCScope ?? [],
      claims: missing.missingOIDCClaims ?? [],
      resources: missing.missingResourceScopes ?? {},
    };
  }
  const requested = String(interaction.params.scope ?? '').split(' ');
  const resources: Record<string, string[]> = {};
  for (const name of requested) {
    const scope = registry.scope(name);
    if (!scope) continue;
    resources[scope.resource] ??= [];
    resources[scope.resource]?.push(name);
  }
  return { scopes: requested.filter((name) => openidScopes.includes(name)), claims: [], resources };
}

/** The lines of the consent page. A single claim is named by the scope it belongs to. */
export function consentItems(request: Request, registry: Registry, lang: Language) {
  const texts: Record<string, { title: string; detail: string }> = messagesFor(lang).scopes;
  const ofClaims = request.claims.flatMap((claim) => scopeOfClaim(claim) ?? []);
  const own = [...new Set([...request.scopes, ...ofClaims])].flatMap((name) => texts[name] ?? []);
  const services = Object.entries(request.resources).flatMap(([resource, names]) =>
    names.map((name) => ({
      title: registry.scope(name)?.description[lang] ?? name,
      detail: registry.resourceServer(resource)?.name ?? resource,
    })),
  );
  return [...own, ...services];
}
