/** The settings of the product under load: production's own, with the load's Zalo in the place of the real one. */
import { type Config, readConfig } from '../src/config.ts';
import { ISSUER } from './citizen.ts';

/** Not a secret: it seals what the load makes up. */
const MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37 + 11) % 256));

export function environmentOf(databaseUrl: string | undefined): Record<string, string> {
  return {
    TNID_ENV: 'production',
    TNID_ISSUER: ISSUER,
    TNID_TRUST_PROXY: '1',
    TNID_ZALO_APP_ID: '1234567890',
    TNID_ZALO_APP_SECRET: 'bench-zalo-secret',
    TNID_MASTER_KEYS: `1:${MASTER_KEY.toString('base64url')}`,
    DATABASE_URL: databaseUrl ?? '',
  };
}

export function readSettings(env: Record<string, string | undefined>): Config {
  const result = readConfig(environmentOf(env.DATABASE_URL));
  if (!result.ok) throw new Error(result.faults.join('\n'));
  const { config } = result;
  const zalo = env.BENCH_ZALO ?? '';
  return { ...config, ...(config.zalo ? { zalo: { ...config.zalo, oauthUrl: zalo, graphUrl: zalo } } : {}) };
}
