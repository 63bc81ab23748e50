/** Settings: the sandbox needs none, production gets nothing for free and hears of every fault at once. */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

const key = `1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64url')}`;
const production = {
  TNID_ENV: 'production',
  TNID_ISSUER: 'https://id.tayninh.example',
  DATABASE_URL: 'postgres://tnid@db/tnid',
  TNID_MASTER_KEYS: key,
  TNID_ZALO_APP_ID: '1234567890123456789',
  TNID_ZALO_APP_SECRET: 'a-real-secret',
  TNID_TRUST_PROXY: '1',
};

function faultsOf(env: Record<string, string>): string[] {
  const result = readConfig(env);
  return result.ok ? [] : result.faults;
}

describe('the sandbox', () => {
  it('starts with nothing configured', () => {
    const result = readConfig({});
    expect(result.ok && result.config).toMatchObject({
      environment: 'sandbox',
      issuer: 'http://localhost:3000',
      host: '127.0.0.1',
    });
  });

  it('follows the ports', () => {
    const result = readConfig({ TNID_PORT: '4000', TNID_SANDBOX_PORT: '4001' });
    expect(result.ok && result.config).toMatchObject({
      issuer: 'http://localhost:4000',
      zalo: { oauthUrl: 'http://localhost:4001/zalo' },
      vneid: { issuer: 'http://localhost:4001/vneid' },
    });
  });

  it('sends browsers to the sandbox by the name it has behind a proxy', () => {
    const result = readConfig({ TNID_SANDBOX_URL: 'https://sandbox.example' });
    expect(result.ok && result.config).toMatchObject({
      sandboxUrl: 'https://sandbox.example',
      zalo: { oauthUrl: 'https://sandbox.example/zalo' },
      vneid: { issuer: 'https://sandbox.example/vneid' },
    });
  });

  it.each([
    [{ TNID_SANDBOX_URL: 'https://sandbox.example/' }, 'TNID_SANDBOX_URL'],
    [{ TNID_SANDBOX_URL: 'sandbox' }, 'TNID_SANDBOX_URL'],
    [{ TNID_PORT: 'abc' }, 'TNID_PORT'],
    [{ TNID_PORT: '70000' }, 'TNID_PORT'],
    [{ TNID_PORT: '3001' }, 'must differ'],
    [{ TNID_ENV: 'staging' }, 'TNID_ENV'],
    [{ TNID_ISSUER: 'http://localhost:3000/path' }, 'without a path'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    [{ TNID_LEVEL2_MAX_AGE: '0' }, 'TNID_LEVEL2_MAX_AGE'],
    [{ TNID_MASTER_KEYS: '1:short' }, 'TNID_MASTER_KEYS'],
    [{ TNID_ZNS_TEMPLATES: 'level2_granted:1,birthday:2' }, 'birthday:2'],
    [{ TNID_ZNS_TEMPLATES: 'level2_granted' }, 'TNID_ZNS_TEMPLATES'],
  ])('says what is wrong with %j', (env, word) => {
    expect(faultsOf(env as Record<string, string>).join('\n')).toContain(word);
  });
});

describe('production', () => {
  it('starts when everything is there; VNeID is off until it is configured', () => {
    const result = readConfig(production);
    expect(result.ok && result.config).toMatchObject({
      environment: 'production',
      vneid: undefined,
      zalo: { oauthUrl: 'https://oauth.zaloapp.com', graphUrl: 'https://graph.zalo.me' },
    });
  });

  it('tells its metrics on loopback, unless told otherwise', () => {
    const metricsOf = (env: Record<string, string>) => {
      const result = readConfig({ ...production, ...env });
      return result.ok ? result.config.metrics : 'refused';
    };
    expect(metricsOf({})).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(metricsOf({ TNID_METRICS_PORT: '0' })).toBeUndefined();
    expect(metricsOf({ TNID_METRICS_HOST: '10.0.0.5', TNID_METRICS_PORT: '9000' })).toEqual({
      host: '10.0.0.5',
      port: 9000,
    });
    expect(metricsOf({ TNID_METRICS_PORT: 'x' })).toBe('refused');
    const sandbox = readConfig({});
    expect(sandbox.ok && sandbox.config.metrics).toBeUndefined();
  });

  it('sends no messages until it has templates', () => {
    const off = readConfig(production);
    expect(off.ok && off.config.zns).toBeUndefined();
    const on = readConfig({ ...production, TNID_ZNS_TEMPLATES: 'pin_set:123, new_device:456' });
    expect(on.ok && on.config.zns).toEqual({
      url: 'https://business.openapi.zalo.me',
      templates: { pin_set: '123', new_device: '456' },
    });
  });

  it('names every missing setting at once', () => {
    const faults = faultsOf({ TNID_ENV: 'production' });
    for (const name of [
      'TNID_ISSUER',
      'DATABASE_URL',
      'TNID_MASTER_KEYS',
      'TNID_ZALO_APP_ID',
      'TNID_ZALO_APP_SECRET',
    ]) {
      expect(
        faults.filter((fault) => fault.startsWith(`${name} is missing`)),
        name,
      ).toHaveLength(1);
    }
  });

  it.each([
    [{ TNID_ISSUER: 'http://id.tayninh.example' }, 'TNID_ISSUER'],
    [{ TNID_ISSUER: 'https://localhost' }, 'TNID_ISSUER'],
    [{ TNID_ZALO_APP_SECRET: 'sandbox-zalo-secret' }, 'TNID_ZALO_APP_SECRET'],
    [{ TNID_ZALO_APP_ID: '3141592653589793238' }, 'TNID_ZALO_APP_ID'],
    [{ TNID_ZALO_OAUTH_URL: 'http://localhost:3001/zalo' }, 'TNID_ZALO_OAUTH_URL'],
    [{ TNID_ZALO_GRAPH_URL: 'https://127.0.0.1/zalo' }, 'TNID_ZALO_GRAPH_URL'],
    [{ TNID_MASTER_KEYS: `1:${Buffer.alloc(32).toString('base64url')}` }, 'not random'],
    [{ TNID_SANDBOX_PORT: '3001' }, 'TNID_SANDBOX_PORT'],
    [{ TNID_SANDBOX_URL: 'https://sandbox.example' }, 'TNID_SANDBOX_URL'],
    [{ TNID_ZNS_URL: 'https://business.openapi.zalo.me' }, 'TNID_ZNS_TEMPLATES is missing'],
    [{ TNID_ZNS_TEMPLATES: 'pin_set:123', TNID_ZNS_URL: 'https://localhost/zns' }, 'TNID_ZNS_URL'],
    [{ TNID_VNEID_CLIENT_ID: 'x' }, 'TNID_VNEID_ISSUER is missing'],
    [{ TNID_VNEID_ISSUER: 'https://sso.example' }, 'TNID_VNEID_CLIENT_SECRET is missing'],
    [
      { TNID_VNEID_ISSUER: 'http://sso.example', TNID_VNEID_CLIENT_ID: 'a', TNID_VNEID_CLIENT_SECRET: 'b' },
      'https',
    ],
    [
      {
        TNID_VNEID_ISSUER: 'https://sso.example',
        TNID_VNEID_CLIENT_ID: 'a',
        TNID_VNEID_CLIENT_SECRET: 'b',
        TNID_VNEID_TOKEN_ENDPOINT: 'https://sso.example/token',
      },
      'TNID_VNEID_JWKS_ENDPOINT is missing',
    ],
  ])('refuses %j', (env, word) => {
    expect(faultsOf({ ...production, ...(env as Record<string, string>) }).join('\n')).toContain(word);
  });
});
