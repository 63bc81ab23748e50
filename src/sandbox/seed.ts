/**
 * Registers the sandbox's clients and its service at the provider, and pins the authorities of its cards. Run at
 * every start: rows are brought up to date.
 */
import { createHash } from 'node:crypto';
import { performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { keepFirstToken } from '../notify/oa-token.ts';
import { TOKEN_EXCHANGE } from '../oidc/token-exchange.ts';
import { pinAuthorities } from './card-authority.ts';
import { demoAppClient } from './demo-app-client.ts';
import { demoResource, demoServiceClient } from './demo-service.ts';
import { kioskClient } from './kiosk.ts';
import { miniAppClientId } from './mini-app-calls.ts';
import { seedOfficers } from './officers.ts';
import { FIRST_OA_TOKEN } from './zns.ts';

const SCOPES = ['openid', 'profile', 'phone', 'identity', 'offline_access', 'hoso.xem', 'hoso.nop'];
const LOOPBACK = ['http://127.0.0.1/', 'http://localhost/'];

export async function seedSandbox(deps: Deps): Promise<void> {
  if (deps.config.environment !== 'sandbox') throw new Error('the sandbox has no place in production');
  const { config, keyring } = deps;
  await performAct(deps, async (act) => {
    const { trx, record } = act;
    const known = await listClients(trx);
    await seedService({ ...deps, db: trx });
    await seedClients({ ...deps, db: trx });
    // The sandbox forgets its tokens at every start. A real OA's token, if one was set, stays.
    if (config.zns?.url === `http://localhost:${config.sandboxPort}/zns`)
      await keepFirstToken(act, keyring, FIRST_OA_TOKEN);
    for (const client of await listClients(trx)) {
      if (!known.includes(client)) record({ event: 'client.registered', client, actor: 'sandbox' });
    }
  });
  await pinAuthorities(deps);
  await seedOfficers(deps);
}

async function listClients(db: Deps['db']): Promise<string[]> {
  const clients = await db.selectFrom('clients').select('client_id').execute();
  const services = await db.selectFrom('resource_servers').select('client_id').execute();
  return [...clients, ...services].map(({ client_id }) => client_id);
}

async function seedService({ db, clock }: Deps): Promise<void> {
  const service = {
    client_id: demoServiceClient.id,
    secret_hash: hashSecret(demoServiceClient.secret),
    name: 'Dịch vụ hồ sơ mẫu',
    sandbox: true,
  };
  await db
    .insertInto('resource_servers')
    .values({ ...service, resource: demoResource, created_at: clock() })
    .onConflict((conflict) => conflict.column('resource').doUpdateSet(service))
    .execute();

  const scopes = [
    {
      name: 'hoso.xem',
      minimum_level: 'level1',
      description_vi: 'Gửi phản ánh và xem hồ sơ của bạn',
      description_en: 'Send reports and see your dossiers',
    },
    {
      name: 'hoso.nop',
      minimum_level: 'level2',
      description_vi: 'Nộp hồ sơ thay bạn',
      description_en: 'File dossiers on your behalf',
    },
  ];
  for (const { name, ...scope } of scopes) {
    await db
      .insertInto('scopes')
      .values({ ...scope, name, resource: demoResource })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...scope, resource: demoResource }))
      .execute();
  }
}

async function seedClients({ config, db, clock }: Deps): Promise<void> {
  const common = {
    redirect_uris: LOOPBACK,
    scopes: SCOPES,
    minimum_level: 'level1',
    any_loopback_redirect: true,
    sandbox: true,
  };
  const clients = [
    {
      ...common,
      client_id: 'sandbox-app',
      name: 'Ứng dụng thử nghiệm',
      secret_hash: null,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      post_logout_redirect_uris: LOOPBACK,
      // It stands for the province's own app, which starts readings for the citizen signed in to it.
      card_reader: true,
    },
    {
      ...common,
      client_id: demoAppClient.id,
      name: 'Cổng dịch vụ mẫu',
      secret_hash: hashSecret(demoAppClient.secret),
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      post_logout_redirect_uris: [
        `http://localhost:${config.sandboxPort}/app`,
        `http://127.0.0.1:${config.sandboxPort}/app`,
        ...LOOPBACK,
      ],
      card_reader: false,
    },
    {
      ...common,
      client_id: miniAppClientId,
      name: 'Tây Ninh Smart (mẫu)',
      secret_hash: null,
      token_endpoint_auth_method: 'none',
      // Its steps out are authorization requests; it redeems no code itself.
      grant_types: [TOKEN_EXCHANGE, 'refresh_token', 'authorization_code'],
      redirect_uris: [],
      any_loopback_redirect: false,
      mini_app: true,
      origins: [
        'https://h5.zdn.vn',
        `http://localhost:${config.sandboxPort}`,
        `http://127.0.0.1:${config.sandboxPort}`,
      ],
      return_uri: `http://localhost:${config.sandboxPort}/mini-app/return`,
      card_reader: true,
    },
    {
      ...common,
      client_id: kioskClient,
      name: 'Quầy lấy số tự động',
      secret_hash: null,
      token_endpoint_auth_method: 'none',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      // It has no browser of its own to come back to.
      redirect_uris: [],
      post_logout_redirect_uris: [],
      any_loopback_redirect: false,
      sector: 'quay.sandbox',
      card_reader: false,
    },
  ];
  for (const { client_id, ...client } of clients) {
    await db
      .insertInto('clients')
      .values({ ...client, client_id, created_at: clock() })
      .onConflict((conflict) => conflict.column('client_id').doUpdateSet(client))
      .execute();
  }
}

/** As every client secret is kept (design section 4): they are long and random, here short and public. */
function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
