/** What a consent page asks for: read off the request, and said in the citizen's words. */
import { messagesFor } from '../../views/messages.ts';
import type { Language } from '../http/state.ts';
import { scopeOfClaim } from '../oidc/claims.ts';
import type { Request } from '../oidc/grants.ts';
import { openidScopes } from '../registry/openid-scopes.ts';
import type { Registry } from '../registry/registry.ts';
import type { Interaction } from './finish.ts';

/** Goes up with every change of the sentences a citizen agrees to (proof of consent names it). */
export const CONSENT_TEXT_VERSION = '2026-12.2';

type Missing = {
  missingOIDCScope?: string[];
  missingOIDCClaims?: string[];
  missingResourceScopes?: Record<string, string[]>;
};

/** What is asked for: what was never answered, or, when the client asks for consent anew, everything requested. */
export function requestOf(interaction: Interaction, registry: Registry): Request {
  const missing = interaction.prompt.details as Missing;
  const { prompt, scope, claims } = interaction.params as Record<string, string | undefined>;
  const anew = prompt?.split(' ').includes('consent');
  if (!anew && (missing.missingOIDCScope || missing.missingOIDCClaims || missing.missingResourceScopes)) {
    return {
      scopes: missing.missingOIDCScope ?? [],
      claims: missing.missingOIDCClaims ?? [],
      resources: missing.missingResourceScopes ?? {},
    };
  }
  const requested = scope?.split(' ') ?? [];
  const resources: Record<string, string[]> = {};
  for (const name of requested) {
    const known = registry.scope(name);
    if (!known) continue;
    resources[known.resource] ??= [];
    resources[known.resource]?.push(name);
  }
  return {
    scopes: requested.filter((name) => openidScopes.includes(name)),
    claims: [...new Set([...(claims ? claimsIn(claims) : []), ...(missing.missingOIDCClaims ?? [])])],
    resources,
  };
}

/** The single claims of the `claims` parameter (OpenID Connect Core §5.5); the provider has checked its shape. */
function claimsIn(parameter: string): string[] {
  const { id_token, userinfo } = JSON.parse(parameter) as Record<string, object | null | undefined>;
  const names = new Set([...Object.keys(id_token ?? {}), ...Object.keys(userinfo ?? {})]);
  return [...names].filter((name) => scopeOfClaim(name) !== undefined);
}

/** What says who it is: without it there is no sign-in, so there is nothing to choose. */
const REQUIRED = 'openid';

/** One purpose, one line: a scope of ours or of a service. A single claim is named by the scope it belongs to. */
export type Purpose = { name: string; title: string; detail: string; required: boolean };

/** The lines of the consent page. */
export function purposesOf(request: Request, registry: Registry, lang: Language): Purpose[] {
  const texts: Record<string, { title: string; detail: string }> = messagesFor(lang).scopes;
  const ofClaims = request.claims.flatMap((claim) => scopeOfClaim(claim) ?? []);
  const own = [...new Set([...request.scopes, ...ofClaims])].flatMap((name) => {
    const text = texts[name];
    return text ? [{ name, ...text, required: name === REQUIRED }] : [];
  });
  const services = Object.entries(request.resources).flatMap(([resource, names]) =>
    names.map((name) => ({
      name,
      title: registry.scope(name)?.description[lang] ?? name,
      detail: registry.resourceServer(resource)?.names[lang] ?? resource,
      required: false,
    })),
  );
  return [...own, ...services];
}

/** Divides what was asked by what the citizen chose; what is not chosen is not allowed. */
export function divideRequest(
  request: Request,
  isChosen: (purpose: string) => boolean,
): { given: Request; refused: Request } {
  const part = (wanted: boolean): Request => {
    const fits = (name: string) => (name === REQUIRED || isChosen(name)) === wanted;
    return {
      scopes: request.scopes.filter(fits),
      claims: request.claims.filter((claim) => fits(scopeOfClaim(claim) ?? REQUIRED)),
      resources: Object.fromEntries(
        Object.entries(request.resources).map(([resource, names]) => [resource, names.filter(fits)]),
      ),
    };
  };
  return { given: part(true), refused: part(false) };
}
