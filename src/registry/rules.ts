/**
 * What may be registered: the one place that decides it, for the command line, the file and the console alike.
 *
 * Redirect addresses are compared letter by letter (RFC 9700 §2.1), so each is one address: https, or for native apps
 * (RFC 8252) a scheme made of a domain name (§7.1) or the device's own loopback address with any port (§7.3). The
 * sandbox lets web clients use loopback, too. What needs the database (do the scopes exist?) is asked in changes.
 */
import type { z } from 'zod';
import type { Config } from '../config.ts';
import { reaches } from '../guard/levels.ts';
import {
  type ClientEntry,
  clientShape,
  isHttpsUrl,
  isPlainAddress,
  type ServiceEntry,
  serviceShape,
} from './members.ts';

/** One thing that is not right: where in the entry, and why. */
export type Fault = { path: (string | number)[]; reason: string };
export type Checked<T> = { ok: true; entry: T } | { ok: false; faults: Fault[] };
type Environment = Config['environment'];

export function checkClient(given: unknown, environment: Environment): Checked<ClientEntry> {
  return check(clientShape, given, (entry) => [
    ...redirectFaults(entry, environment),
    ...authenticationFaults(entry),
    ...grantFaults(entry),
    ...profileFaults(entry),
    ...addressFaults(entry, environment),
    ...keyFaults(entry),
  ]);
}

export function checkService(given: unknown, environment: Environment): Checked<ServiceEntry> {
  return check(serviceShape, given, (entry) => [
    ...keyFaults(entry),
    ...testFaults(entry, environment),
    ...(environment === 'production' && URL.parse(entry.resource)?.protocol === 'http:'
      ? [fault(['resource'], 'must be https or a URN')]
      : []),
  ]);
}

function check<T>(shape: z.ZodType<T>, given: unknown, rules: (entry: T) => Fault[]): Checked<T> {
  const parsed = shape.safeParse(given);
  const faults = parsed.success ? rules(parsed.data) : parsed.error.issues.flatMap(readIssue);
  if (!parsed.success || faults.length > 0) return { ok: false, faults };
  return { ok: true, entry: parsed.data };
}

function readIssue(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => fault([...path, key], 'is no member of the registry'));
  }
  if (issue.code === 'invalid_value') return [fault(path, `must be one of ${issue.values.join(', ')}`)];
  if (issue.code === 'invalid_type') {
    const missing = issue.input === undefined && issue.message.endsWith('received undefined');
    return [fault(path, missing ? 'is missing' : `must be of type ${issue.expected}`)];
  }
  return [fault(path, issue.message)];
}

function fault(path: Fault['path'], reason: string): Fault {
  return { path, reason };
}

function redirectFaults(entry: ClientEntry, environment: Environment): Fault[] {
  return (['redirect_uris', 'post_logout_redirect_uris'] as const).flatMap((member) =>
    entry[member].flatMap((uri, index) => {
      const reason = judgeRedirect(uri, entry.application_type, environment);
      return reason ? [fault([member, index], reason)] : [];
    }),
  );
}

/** Why an address may not be registered; undefined when it may. */
function judgeRedirect(
  uri: string,
  type: ClientEntry['application_type'],
  environment: Environment,
): string | undefined {
  const url = URL.parse(uri);
  if (!url) return 'is no absolute address';
  if (uri.includes('*')) return 'has a wildcard: every address is registered as it is';
  if (uri.includes('#')) return 'has a fragment (RFC 6749 §3.1.2)';
  if (!isPlainAddress(uri)) return 'has a user name or a character that no address may have';
  const loopback = isLoopbackHost(url.hostname, environment);
  if (url.protocol === 'https:') {
    return loopback && type === 'native' ? 'must not be a loopback address' : undefined;
  }
  if (url.protocol === 'http:') {
    if (loopback && (type === 'native' || environment === 'sandbox')) return undefined;
    return type === 'native'
      ? 'must be https, or http on 127.0.0.1 or [::1] (RFC 8252 §7.3, §8.3)'
      : 'must be https';
  }
  if (type !== 'native') return 'must be https: schemes of their own are for native apps (application_type)';
  // RFC 8252 §7.1, §8.4: a name under the app's own control, written backwards; this shuts out `javascript:` and its like.
  return /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/.test(url.protocol)
    ? undefined
    : 'must have a scheme made of a domain name, such as vn.gov.tayninh.app:/cb (RFC 8252 §7.1)';
}

/** RFC 8252 §8.3: `localhost` may be led elsewhere, so in production only the numbers. */
function isLoopbackHost(hostname: string, environment: Environment): boolean {
  return ['127.0.0.1', '[::1]', ...(environment === 'sandbox' ? ['localhost'] : [])].includes(hostname);
}

export function needsSecret({
  token_endpoint_auth_method: method,
}: Pick<ClientEntry, 'token_endpoint_auth_method'>) {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}

const certificateNames = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const;

function authenticationFaults(entry: ClientEntry): Fault[] {
  const { token_endpoint_auth_method: method, grant_types: grants } = entry;
  const at = ['token_endpoint_auth_method'];
  const faults: Fault[] = [];
  if (method === 'none' && grants.includes('client_credentials')) {
    faults.push(fault(at, 'a client that acts for itself must prove who it is (RFC 6749 §4.4)'));
  }
  if (needsSecret(entry) && entry.application_type === 'native') {
    faults.push(fault(at, 'a secret in an app on many devices is none (RFC 8252 §8.5)'));
  }
  if (!needsSecret(entry) && entry.secret_hash !== undefined) {
    faults.push(fault(['secret_hash'], `${method} has no secret`));
  }
  if (['private_key_jwt', 'self_signed_tls_client_auth'].includes(method) && !entry.jwks && !entry.jwks_uri) {
    faults.push(fault(at, 'needs jwks or jwks_uri'));
  }
  const named = certificateNames.filter((name) => entry[name] !== undefined);
  // RFC 8705 §2.1.2: exactly one.
  if (method === 'tls_client_auth' ? named.length !== 1 : named.length > 0) {
    faults.push(fault(at, 'exactly one tls_client_auth_… goes with tls_client_auth, and none with others'));
  }
  if (entry.token_endpoint_auth_signing_alg && method !== 'private_key_jwt') {
    faults.push(fault(['token_endpoint_auth_signing_alg'], 'goes with private_key_jwt only'));
  }
  if (entry.require_pkce === false && (method === 'none' || entry.profile)) {
    faults.push(
      fault(['require_pkce'], 'only a client that proves who it is may go without, and no FAPI client'),
    );
  }
  return faults;
}

function grantFaults(entry: ClientEntry): Fault[] {
  const { grant_types: grants, redirect_uris: redirects, scopes } = entry;
  const faults: Fault[] = [];
  const code = grants.includes('authorization_code');
  if (code && redirects.length === 0 && !entry.mini_app) {
    faults.push(fault(['redirect_uris'], 'authorization_code needs at least one'));
  }
  if (!code && redirects.length > 0) faults.push(fault(['redirect_uris'], 'go with authorization_code only'));
  const source = grants.some((grant) => !['refresh_token', 'client_credentials'].includes(grant));
  if (grants.includes('refresh_token') && !source) {
    faults.push(fault(['grant_types'], 'nothing would give the client a refresh token'));
  }
  if (source && !scopes.includes('openid')) faults.push(fault(['scopes'], 'a sign-in needs openid'));
  if (!reaches(entry.maximum_level, entry.minimum_level)) {
    faults.push(fault(['maximum_level'], 'is below minimum_level'));
  }
  return faults;
}

const signingMembers = [
  'token_endpoint_auth_signing_alg',
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'request_object_signing_alg',
  'authorization_signed_response_alg',
  'introspection_signed_response_alg',
] as const;

/** FAPI 2.0 Security Profile §5.3.2.1 and Message Signing §5.3: what the profile's one word cannot bring by itself. */
function profileFaults(entry: ClientEntry): Fault[] {
  if (!entry.profile) return [];
  const method = entry.token_endpoint_auth_method;
  if (method === 'none' || needsSecret(entry)) {
    return [
      fault(
        ['token_endpoint_auth_method'],
        'a FAPI 2.0 client has private_key_jwt, tls_client_auth or self_signed_tls_client_auth',
      ),
    ];
  }
  const weak = signingMembers.filter((member) => entry[member] === 'RS256');
  if (weak.length > 0) {
    return weak.map((member) =>
      fault([member], 'FAPI 2.0 allows ES256, PS256 and EdDSA (Security Profile §5.4.1)'),
    );
  }
  if (entry.profile === 'fapi2_message_signing' && !entry.jwks && !entry.jwks_uri) {
    return [fault(['profile'], 'signed requests need jwks or jwks_uri')];
  }
  return [];
}

function addressFaults(entry: ClientEntry, environment: Environment): Fault[] {
  const faults = entry.origins.flatMap((origin, index) =>
    URL.parse(origin)?.origin === origin && judgeRedirect(origin, 'web', environment) === undefined
      ? []
      : [fault(['origins', index], 'must be an origin such as https://app.example.gov.vn')],
  );
  const logout = entry.backchannel_logout_uri;
  // The server calls it: in production https only; where it leads to is checked at every call (oidc/provider).
  if (logout !== undefined && (environment === 'sandbox' ? !isPlainAddress(logout) : !isHttpsUrl(logout))) {
    faults.push(fault(['backchannel_logout_uri'], 'must be an https address without fragment'));
  }
  return faults;
}

/** The server calls it, with a token: as for back-channel logout. */
function testFaults({ test_uri: uri }: ServiceEntry, environment: Environment): Fault[] {
  if (uri === undefined) return [];
  const good = environment === 'sandbox' ? isPlainAddress(uri) : isHttpsUrl(uri);
  return good ? [] : [fault(['test_uri'], 'must be an https address without fragment')];
}

function keyFaults(entry: ClientEntry | ServiceEntry): Fault[] {
  const faults: Fault[] = [];
  if (entry.jwks && entry.jwks_uri) faults.push(fault(['jwks_uri'], 'either jwks or jwks_uri'));
  const { introspection_encrypted_response_alg: alg, introspection_encrypted_response_enc: enc } = entry;
  if (alg && !entry.introspection_signed_response_alg) {
    faults.push(
      fault(['introspection_encrypted_response_alg'], 'is signed, too: introspection_signed_response_alg'),
    );
  }
  if (enc && !alg) faults.push(fault(['introspection_encrypted_response_enc'], 'needs its _alg'));
  if (alg && !entry.jwks && !entry.jwks_uri) {
    faults.push(fault(['introspection_encrypted_response_alg'], 'needs jwks or jwks_uri'));
  }
  return faults;
}
