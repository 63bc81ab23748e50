/**
 * The part of the configuration that is about others: Zalo, ZNS, VNeID. Read by config.ts, with its rules: the sandbox
 * fills everything in, production nothing that matters, and every fault is named.
 */

export type ZaloConfig = {
  appId: string;
  appSecret: string;
  /** Base of the OAuth host, without a trailing slash: `https://oauth.zaloapp.com`. */
  oauthUrl: string;
  /** Base of the Graph host, without a trailing slash: `https://graph.zalo.me`. */
  graphUrl: string;
};

/** Where in VNeID's answer each fact stands. Names are not public (facts: unknown), so all are configurable. */
export type VneidClaimMap = {
  subject: string;
  personalNumber: string;
  fullName: string;
  accountType: string;
  /** The value of `accountType` that means a natural person. */
  citizenValue: string;
};

export type VneidConfig = {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** How we authenticate at its token endpoint: the national portal was seen to take the secret in the form. */
  clientAuth: 'client_secret_basic' | 'client_secret_post';
  /** Endpoints, for an issuer without discovery; all three or none. */
  endpoints: { authorization: string; token: string; jwks: string; userinfo?: string } | undefined;
  scope: string;
  /** `acr_values` to send, and the `acr` values to accept; empty: neither. */
  acrValues: string[];
  claims: VneidClaimMap;
};

/** What a citizen can be told of (notify/notices); each has a template of its own at Zalo. */
export const noticeKinds = [
  'level2_granted',
  'level2_refused',
  'level2_asked',
  'level2_ended',
  'level2_ending',
  'level2_elsewhere',
  'new_device',
  'pin_set',
  'pin_reset',
  'pin_locked',
  'passkey_added',
  'passkey_removed',
  'phone_quarantined',
  'phone_moved',
  'account_suspended',
  'account_reinstated',
  'account_closing',
  'account_closing_cancelled',
  'sessions_ended',
  'report_confirmed',
  'report_harmless',
  'report_unclear',
  'duplicate_stays',
  'duplicate_prove',
  'duplicate_other',
] as const;

/** What goes out by template: the notices, and the code that is read out at a desk, which is written down nowhere. */
export const templateKinds = [...noticeKinds, 'desk_code'] as const;

export type ZnsConfig = {
  /** Base of the ZNS host, without a trailing slash: `https://business.openapi.zalo.me`. */
  url: string;
  /** Zalo's number of the template for each kind; a kind without one stands on the account page only. */
  templates: Partial<Record<(typeof templateKinds)[number], string>>;
};

type Environment = Record<string, string | undefined>;

const SANDBOX_ZALO = { appId: '3141592653589793238', appSecret: 'sandbox-zalo-secret' };
const SANDBOX_VNEID = { clientId: 'tay-ninh-id', clientSecret: 'sandbox-vneid-secret' };

export function readZalo(
  env: Environment,
  production: boolean,
  sandboxUrl: string,
  faults: string[],
): ZaloConfig | undefined {
  const defaults = production
    ? { oauthUrl: 'https://oauth.zaloapp.com', graphUrl: 'https://graph.zalo.me' }
    : { oauthUrl: `${sandboxUrl}/zalo`, graphUrl: `${sandboxUrl}/zalo` };
  const zalo = {
    appId: env.TNID_ZALO_APP_ID ?? (production ? '' : SANDBOX_ZALO.appId),
    appSecret: env.TNID_ZALO_APP_SECRET ?? (production ? '' : SANDBOX_ZALO.appSecret),
    oauthUrl: env.TNID_ZALO_OAUTH_URL ?? defaults.oauthUrl,
    graphUrl: env.TNID_ZALO_GRAPH_URL ?? defaults.graphUrl,
  };
  if (!production) return zalo;
  if (!zalo.appId) faults.push('TNID_ZALO_APP_ID is missing: the id of the Zalo app');
  else if (!/^\d+$/.test(zalo.appId) || zalo.appId === SANDBOX_ZALO.appId) {
    faults.push('TNID_ZALO_APP_ID must be the number of a real Zalo app');
  }
  if (!zalo.appSecret) faults.push('TNID_ZALO_APP_SECRET is missing: the secret of the Zalo app');
  else if (zalo.appSecret === SANDBOX_ZALO.appSecret) {
    faults.push('TNID_ZALO_APP_SECRET is the sandbox secret');
  }
  refuseUnsafeUrl('TNID_ZALO_OAUTH_URL', zalo.oauthUrl, faults);
  refuseUnsafeUrl('TNID_ZALO_GRAPH_URL', zalo.graphUrl, faults);
  return zalo;
}

/** `TNID_ZNS_TEMPLATES`: `kind:template` pairs, separated by commas. The sandbox has a template for every kind. */
export function readZns(
  env: Environment,
  production: boolean,
  sandboxUrl: string,
  faults: string[],
): ZnsConfig | undefined {
  const own = templateKinds.map((kind, index) => `${kind}:${300_001 + index}`).join(',');
  const text = env.TNID_ZNS_TEMPLATES ?? (production ? '' : own);
  if (!text) {
    if (production && env.TNID_ZNS_URL) faults.push('TNID_ZNS_URL is set, but TNID_ZNS_TEMPLATES is missing');
    return undefined;
  }
  const pairs = text.split(',').map((pair) => pair.trim().split(':') as [string, string?]);
  const wrong = pairs.find(
    ([kind, id]) => !(templateKinds as readonly string[]).includes(kind) || !/^\d{1,20}$/.test(id ?? ''),
  );
  if (wrong) {
    faults.push(
      `TNID_ZNS_TEMPLATES must be pairs "kind:number", not "${wrong.join(':')}"; kinds: ${templateKinds.join(', ')}`,
    );
  }
  const url = env.TNID_ZNS_URL ?? (production ? 'https://business.openapi.zalo.me' : `${sandboxUrl}/zns`);
  if (production) refuseUnsafeUrl('TNID_ZNS_URL', url, faults);
  return { url, templates: Object.fromEntries(pairs) };
}

export function readVneid(
  env: Environment,
  production: boolean,
  sandboxUrl: string,
  faults: string[],
): VneidConfig | undefined {
  const issuer = env.TNID_VNEID_ISSUER ?? (production ? undefined : `${sandboxUrl}/vneid`);
  if (!issuer) {
    const orphans = Object.keys(env).filter((name) => name.startsWith('TNID_VNEID_'));
    if (orphans.length > 0) faults.push(`TNID_VNEID_ISSUER is missing, but ${orphans.join(', ')} is set`);
    return undefined;
  }
  const own = env.TNID_VNEID_ISSUER === undefined;
  const clientId = env.TNID_VNEID_CLIENT_ID ?? (own ? SANDBOX_VNEID.clientId : '');
  const clientSecret = env.TNID_VNEID_CLIENT_SECRET ?? (own ? SANDBOX_VNEID.clientSecret : '');
  if (!clientId) faults.push('TNID_VNEID_CLIENT_ID is missing');
  if (!clientSecret) faults.push('TNID_VNEID_CLIENT_SECRET is missing');
  if (production) {
    refuseUnsafeUrl('TNID_VNEID_ISSUER', issuer, faults);
    if (clientSecret === SANDBOX_VNEID.clientSecret)
      faults.push('TNID_VNEID_CLIENT_SECRET is the sandbox secret');
  }
  return {
    issuer,
    clientId,
    clientSecret,
    clientAuth: readVneidClientAuth(env, faults),
    endpoints: readVneidEndpoints(env, production, faults),
    scope: env.TNID_VNEID_SCOPE ?? 'openid',
    acrValues: (env.TNID_VNEID_ACR_VALUES ?? (own ? 'LoA2' : '')).split(/\s+/).filter(Boolean),
    // The defaults are the names seen at the national public service portal (facts: reported, not confirmed).
    claims: {
      subject: env.TNID_VNEID_CLAIM_SUBJECT ?? 'sub',
      personalNumber: env.TNID_VNEID_CLAIM_PERSONAL_NUMBER ?? 'SoDinhDanh',
      fullName: env.TNID_VNEID_CLAIM_FULL_NAME ?? 'HoVaTen',
      accountType: env.TNID_VNEID_CLAIM_ACCOUNT_TYPE ?? 'LoaiTaiKhoan',
      citizenValue: env.TNID_VNEID_CITIZEN_VALUE ?? '1',
    },
  };
}

function readVneidClientAuth(env: Environment, faults: string[]): VneidConfig['clientAuth'] {
  const text = env.TNID_VNEID_CLIENT_AUTH ?? 'client_secret_basic';
  if (text === 'client_secret_basic' || text === 'client_secret_post') return text;
  faults.push(`TNID_VNEID_CLIENT_AUTH must be client_secret_basic or client_secret_post, not "${text}"`);
  return 'client_secret_basic';
}

function readVneidEndpoints(
  env: Environment,
  production: boolean,
  faults: string[],
): VneidConfig['endpoints'] {
  const names = ['AUTHORIZATION', 'TOKEN', 'JWKS', 'USERINFO'].map((part) => `TNID_VNEID_${part}_ENDPOINT`);
  const given = names.filter((name) => env[name]);
  if (given.length === 0) return undefined;
  const [authorization, token, jwks, userinfo] = names.map((name) => env[name]);
  if (!authorization || !token || !jwks) {
    const missing = names.slice(0, 3).filter((name) => !env[name]);
    faults.push(`${given.join(', ')} is set, but ${missing.join(', ')} is missing`);
    return undefined;
  }
  if (production) for (const name of given) refuseUnsafeUrl(name, env[name] ?? '', faults);
  return { authorization, token, jwks, ...(userinfo ? { userinfo } : {}) };
}

export function refuseUnsafeUrl(name: string, text: string, faults: string[]): void {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') faults.push(`${name} must begin with https:// in production`);
  else if (isLoopback(url.hostname)) faults.push(`${name} points at the sandbox or this machine`);
}

export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    /^127\./.test(hostname) ||
    hostname.endsWith('.localhost')
  );
}
