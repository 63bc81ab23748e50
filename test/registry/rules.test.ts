/** What may be registered: every rule with an entry that breaks it and one that keeps it. */
import { describe, expect, it } from 'vitest';
import { checkClient, checkService } from '../../src/registry/rules.ts';

const web = {
  client_id: 'so-xay-dung',
  name: { vi: 'Sở Xây dựng', en: 'Department of Construction' },
  owner: 'Sở Xây dựng',
  contacts: ['it@soxaydung.example'],
  redirect_uris: ['https://app.example/cb'],
};
const native = {
  ...web,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['vn.gov.tayninh.app:/cb'],
};
const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] };
const signed = { ...web, token_endpoint_auth_method: 'private_key_jwt', jwks };

const faultsOf = (entry: object, environment: 'sandbox' | 'production' = 'production') => {
  const checked = checkClient(entry, environment);
  return checked.ok ? [] : checked.faults.map(({ path, reason }) => `${path.join('.')}: ${reason}`);
};

describe('a client', () => {
  it('needs little', () => {
    const checked = checkClient(web, 'production');
    expect(checked).toMatchObject({
      ok: true,
      entry: { grant_types: ['authorization_code'], minimum_level: 'level1', subject_type: 'pairwise' },
    });
    expect(faultsOf(native)).toEqual([]);
    expect(faultsOf(signed)).toEqual([]);
    expect(faultsOf({ ...signed, profile: 'fapi2_message_signing' })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['an unknown member', { redirect_uri: 'https://app.example' }, 'redirect_uri: is no member'],
    ['no owner', { owner: undefined }, 'owner: is missing'],
    ['nobody to reach', { contacts: [] }, 'contacts: somebody must be reachable'],
    ['a contact that is none', { contacts: ['a'] }, 'contacts.0: is no e-mail'],
    ['an id that is not plain', { client_id: 'Sở' }, 'client_id: must be'],
    ['a name over two lines', { name: { vi: 'a\nb', en: 'a' } }, 'name.vi: must be one line'],
    ['an unknown level', { minimum_level: 'level3' }, 'minimum_level: must be one of level1, level2'],
    [
      'a maximum below its minimum',
      { minimum_level: 'level2', maximum_level: 'level1' },
      'maximum_level: is below',
    ],
    ['no redirect address', { redirect_uris: [] }, 'redirect_uris: authorization_code needs'],
    ['a sign-in without openid', { scopes: ['profile'] }, 'scopes: a sign-in needs openid'],
    [
      'the same address twice',
      { redirect_uris: ['https://a.example', 'https://a.example'] },
      'redirect_uris: has a value',
    ],
    ['an implicit grant', { grant_types: ['implicit'] }, 'grant_types.0: must be one of'],
    [
      'a refresh token from nowhere',
      { grant_types: ['refresh_token'], redirect_uris: [] },
      'grant_types: nothing',
    ],
    [
      'a public client for itself',
      { token_endpoint_auth_method: 'none', grant_types: ['client_credentials'], redirect_uris: [] },
      'token_endpoint_auth_method: a client that',
    ],
    [
      'keys nowhere',
      { token_endpoint_auth_method: 'private_key_jwt' },
      'token_endpoint_auth_method: needs jwks',
    ],
    ['keys in two places', { ...signed, jwks_uri: 'https://app.example/jwks' }, 'jwks_uri: either'],
    [
      'a private key',
      { ...signed, jwks: { keys: [{ kty: 'EC', d: 'd' }] } },
      'jwks.keys: holds a private key',
    ],
    [
      'a shared key',
      { ...signed, jwks: { keys: [{ kty: 'oct', k: 'k' }] } },
      'jwks.keys.0.kty: must be one of EC',
    ],
    [
      'two certificate names (RFC 8705 §2.1.2)',
      {
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_dns: 'a',
        tls_client_auth_san_ip: 'b',
      },
      'token_endpoint_auth_method: exactly one',
    ],
    [
      'a secret where there is none',
      { ...signed, secret_hash: 'a'.repeat(64) },
      'secret_hash: private_key_jwt has no secret',
    ],
    [
      'a FAPI client with RS256 (Security Profile §5.4.1)',
      { ...signed, profile: 'fapi2_security', token_endpoint_auth_signing_alg: 'RS256' },
      'token_endpoint_auth_signing_alg: FAPI 2.0 allows',
    ],
    [
      'a FAPI client with a secret',
      { profile: 'fapi2_security' },
      'token_endpoint_auth_method: a FAPI 2.0 client',
    ],
    ['no PKCE and no proof', { ...native, require_pkce: false }, 'require_pkce: only a client'],
    [
      'a signature by a shared secret',
      { id_token_signed_response_alg: 'HS256' },
      'id_token_signed_response_alg: must be one of',
    ],
    [
      'an http logout address',
      { backchannel_logout_uri: 'http://app.example/out' },
      'backchannel_logout_uri: must be',
    ],
    ['an origin with a path', { origins: ['https://app.example/x'] }, 'origins.0: must be an origin'],
  ])('with %s is refused', (_name, members, fault) => {
    expect(faultsOf({ ...web, ...members }).join('\n')).toContain(fault);
  });

  it.each([
    ['http://app.example/cb', 'must be https'],
    ['https://*.example/cb', 'wildcard'],
    ['https://app.example/*', 'wildcard'],
    ['https://app.example/cb#x', 'fragment'],
    ['https://app.example/cb#', 'fragment'],
    ['https://me@app.example/cb', 'user name'],
    ['https://app.example/c b', 'character'],
    ['https://app.example\\@evil.example', 'character'],
    ['/cb', 'no absolute address'],
    ['javascript:alert(1)', 'must be https'],
    ['http://127.0.0.1/cb', 'must be https'],
    ['vn.gov.tayninh.app:/cb', 'must be https'],
  ])('may not come back to %s', (uri, reason) => {
    expect(faultsOf({ ...web, redirect_uris: [uri] }).join()).toContain(reason);
    expect(faultsOf({ ...web, post_logout_redirect_uris: [uri] }).join()).toContain(reason);
  });

  it.each([
    ['http://127.0.0.1/cb', undefined],
    ['http://[::1]/cb', undefined],
    ['http://127.0.0.1:5000/cb', undefined],
    ['https://app.example/cb', undefined],
    ['http://localhost/cb', '§8.3'],
    ['http://app.example/cb', '§7.3'],
    ['http://127.0.0.1.evil.example/cb', '§7.3'],
    ['https://127.0.0.1/cb', 'loopback'],
    ['myapp:/cb', '§7.1'],
    ['javascript:alert(1)', '§7.1'],
    ['data:text/html,x', '§7.1'],
    ['intent://x', '§7.1'],
  ])('on a device comes back to %s: %s (RFC 8252)', (uri, reason) => {
    const faults = faultsOf({ ...native, redirect_uris: [uri] });
    expect(faults).toHaveLength(reason ? 1 : 0);
    if (reason) expect(faults[0]).toContain(reason);
  });

  it('on a device has no secret (RFC 8252 §8.5)', () => {
    expect(faultsOf({ ...native, token_endpoint_auth_method: 'client_secret_basic' }).join()).toContain(
      '§8.5',
    );
  });

  it('of the sandbox may live on loopback', () => {
    const local = {
      ...web,
      redirect_uris: ['http://localhost:4000/cb'],
      backchannel_logout_uri: 'http://localhost:4000/out',
    };
    expect(faultsOf(local, 'sandbox')).toEqual([]);
    expect(faultsOf(local)).toHaveLength(2);
  });

  it('is told all its faults at once', () => {
    expect(faultsOf({ client_id: 'a' })).toEqual([
      'name: is missing',
      'owner: is missing',
      'contacts: is missing',
    ]);
  });
});

describe('a service', () => {
  const service = {
    resource: 'https://hoso.example/api',
    client_id: 'ho-so',
    name: { vi: 'Hồ sơ', en: 'Dossiers' },
    owner: 'Sở Nội vụ',
    contacts: ['it@sonoivu.example'],
    scopes: [{ name: 'hoso.xem', description: { vi: 'Xem hồ sơ', en: 'See dossiers' } }],
  };
  const serviceFaults = (members: object) => {
    const checked = checkService({ ...service, ...members }, 'production');
    return checked.ok
      ? ''
      : checked.faults.map(({ path, reason }) => `${path.join('.')}: ${reason}`).join('\n');
  };

  it('needs little', () => {
    expect(serviceFaults({})).toBe('');
    expect(serviceFaults({ resource: 'urn:tayninh:ho-so' })).toBe('');
  });

  it.each<[string, object, string]>([
    ['no URI', { resource: 'ho-so' }, 'resource: must be'],
    ['a fragment (RFC 8707 §2)', { resource: 'https://hoso.example/#a' }, 'resource: must be'],
    ['an http address', { resource: 'http://hoso.example' }, 'resource: must be https'],
    [
      'a scope with a space',
      { scopes: [{ ...service.scopes[0], name: 'a b' }] },
      'scopes.0.name: is no scope',
    ],
    ['a scope without a sentence', { scopes: [{ name: 'a' }] }, 'scopes.0.description: is missing'],
    ['a scope twice', { scopes: [service.scopes[0], service.scopes[0]] }, 'scopes: has a scope twice'],
    ['events over http', { events_endpoint: 'http://hoso.example/events' }, 'events_endpoint: must be'],
    [
      'encryption without a key',
      { introspection_encrypted_response_alg: 'ECDH-ES' },
      'introspection_encrypted_response_alg: needs jwks',
    ],
  ])('with %s is refused', (_name, members, fault) => {
    expect(serviceFaults(members)).toContain(fault);
  });
});
