/**
 * JWT access tokens (RFC 9068), for services that cannot call back: five minutes, ES256. Of one that speaks for a citizen
 * a row is kept like of an opaque one, under the hash of the whole token, since it ends with its grant, its session and
 * its account (RFC 7662, 7009): what was not issued letter by letter is not found, whatever its claims. Those that speak
 * for a client alone have none (oidc/client-tokens).
 *
 * The provider keeps no JWT and takes none at its endpoints for introspection and revocation.
 */
import type { AdapterPayload, Configuration, Provider } from 'oidc-provider';
import type { Keyring } from '../keyring.ts';
import type { Registry, ResourceServer } from '../registry/registry.ts';
import { subjectFor } from './subjects.ts';

const JWT_TTL = 5 * 60;

/** How access tokens for this service are made; members of the provider's ResourceServer. */
export function tokenFormatOf({ accessTokenFormat }: ResourceServer) {
  return accessTokenFormat === 'jwt'
    ? { accessTokenFormat, accessTokenTTL: JWT_TTL, jwt: { sign: { alg: 'ES256' as const } } }
    : { accessTokenFormat };
}

export function isJwt(token: string): boolean {
  return token.split('.', 4).length === 3;
}

type Customizer = NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt'];

/** RFC 9068 §2.2: `sub` is who the citizen is to the service; of a client's own token, the client. */
export function nameSubject(keyring: Keyring, registry: Registry): Customizer {
  return (_ctx, token, { payload }) => {
    if (!('accountId' in token) || !token.accountId) return;
    const server = registry.resourceServer(String(token.aud));
    const service = server && registry.clientMetadata(server.clientId);
    if (!service) throw new Error('a JWT access token is meant for a service');
    payload.sub = subjectFor(keyring, service, token.accountId);
    // §5: by that a client's own tokens are known; no citizen's may look like one.
    if (payload.sub === token.clientId) throw new Error('a citizen is called like a client');
  };
}

type Issued = { value: string; payload?: AdapterPayload };
type Model = { prototype: { jti: string; getValueAndPayload: () => Promise<Issued> } };

/** Makes the provider keep a row of each JWT of a citizen. */
export function keepJwtTokens(provider: Provider): void {
  const base = provider.BaseToken.prototype as unknown as Model['prototype'];
  const model = (provider.AccessToken as unknown as Model).prototype;
  const { getValueAndPayload } = model;
  model.getValueAndPayload = async function keep() {
    const issued = await getValueAndPayload.call(this);
    if (issued.payload) return issued;
    // From here on the token goes by its value, as opaque ones do: its row, its finding, its end.
    this.jti = issued.value;
    return { ...(await base.getValueAndPayload.call(this)), value: issued.value };
  };
}
