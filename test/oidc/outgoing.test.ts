/** A registration must not make us call into our own network (OpenID Connect Core §17.4). */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deps } from '../../src/deps.ts';
import { callService } from '../../src/oidc/outgoing.ts';
import { createProvider } from '../../src/oidc/provider.ts';
import { callWithToken } from '../../src/oidc/test-person.ts';
import { Registry } from '../../src/registry/registry.ts';
import { makeKeys, registerClients } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';

let product: Product;
let inside: Server;
let calls = 0;
let port = 0;

beforeAll(async () => {
  const { jwk } = await makeKeys();
  inside = createServer((_request, response) => {
    calls += 1;
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((settle) => inside.listen(0, '127.0.0.1', settle));
  ({ port } = inside.address() as AddressInfo);
  product = await startProduct({
    prepare: ({ db }) =>
      registerClients(
        db,
        // By number, by a name that resolves to it, and by the number in IPv6's clothes.
        ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'].map((host, index) => ({
          client_id: `at-${index}`,
          method: 'private_key_jwt',
          metadata: { jwks_uri: `http://${host}:${port}/jwks` },
          backchannel_logout_uri: `http://${host}:${port}/logout`,
        })),
      ),
  });
});
afterAll(async () => {
  await product?.close();
  inside?.closeAllConnections();
  inside?.close();
});

/** A provider as production has it, on the same registry. */
async function inProduction() {
  const deps: Deps = { ...product.deps, config: { ...product.deps.config, environment: 'production' } };
  const ignore = () => {};
  return createProvider(deps, await Registry.load(deps), {
    renderError: ignore,
    logoutSource: ignore,
    postLogoutSuccessSource: ignore,
    device: { userCodeInputSource: ignore, userCodeConfirmSource: ignore, successSource: ignore },
  });
}

type Reaches = {
  backchannelLogout: (sub: string, sid?: string) => Promise<void>;
  asymmetricKeyStore: { refresh: () => Promise<void> };
};

describe('a call to what a client registered', () => {
  it('never reaches a private or loopback address in production, whatever name it has', async () => {
    const provider = await inProduction();
    for (const id of ['at-0', 'at-1', 'at-2']) {
      const client = (await provider.Client.find(id)) as unknown as Reaches;
      await expect(client.backchannelLogout('someone', 'sid')).rejects.toThrow();
      await expect(client.asymmetricKeyStore.refresh()).rejects.toThrow();
    }
    // The integrator's test goes the same way, with a token in its hand.
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])
      expect(await callWithToken(provider, `http://${host}:${port}/`, 'a-token')).toBeUndefined();
    expect(calls).toBe(0);
  });

  it('does reach it in the sandbox: the guard is what kept it back', async () => {
    const client = (await product.provider.Client.find('at-1')) as unknown as Reaches;
    await client.asymmetricKeyStore.refresh();
    expect(calls).toBe(1);
  });

  it('is not made at all without the guard', () => {
    const config = { ...product.deps.config, environment: 'production' as const };
    expect(() => callService({ config, fetch }, `http://localhost:${port}/`, {})).toThrow('not guarded');
  });

  it('follows no redirect', async () => {
    const away = createServer((_request, response) =>
      response.writeHead(302, { location: `http://localhost:${port}/secret` }).end(),
    );
    await new Promise<void>((settle) => away.listen(0, '127.0.0.1', settle));
    try {
      const { port: from } = away.address() as AddressInfo;
      const before = calls;
      const answer = await callService(product.deps, `http://localhost:${from}/`, {});
      expect(answer.status).toBe(302);
      expect(calls).toBe(before);
    } finally {
      away.closeAllConnections();
      away.close();
    }
  });
});
