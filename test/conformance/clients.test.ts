/** The conformance suite's clients and settings: the file can be applied, and both fit each other. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plansFor } from '../../scripts/conformance-plans.ts';
import { parseRegistryFile } from '../../src/oidc/registry-file.ts';

const text = readFileSync(new URL('../../docs/conformance/registry.yaml', import.meta.url), 'utf8');

const clientsIn = (file: string) => {
  const parsed = parseRegistryFile(file, 'sandbox');
  return parsed.ok ? parsed.file.clients.map(({ client_id }) => client_id) : parsed.faults;
};

it('the files are registry files without a fault', () => {
  const file = new URL('../../docs/conformance/registry-mtls.yaml', import.meta.url);
  expect(clientsIn(readFileSync(file, 'utf8'))).toEqual(['conformance-mtls-1', 'conformance-mtls-2']);
  expect(clientsIn(text)).toEqual([
    'conformance-basic-1',
    'conformance-basic-2',
    'conformance-post',
    'conformance-fapi-1',
    'conformance-fapi-2',
    'conformance-signing-1',
    'conformance-signing-2',
  ]);
});

it('the plans’ settings hold the private halves of the keys that are registered', () => {
  const plans = Object.values(plansFor('https://id.example'));
  const clients = plans.flatMap(({ client, client2 }) => [client, client2]);
  const keys = clients.flatMap(({ jwks }) => jwks?.keys ?? []);
  expect(keys).toHaveLength(4);
  for (const { x, d } of keys) {
    expect(text).toContain(x);
    expect(text).not.toContain(d);
  }
  expect(JSON.stringify(plans)).not.toContain('ISSUER');
});

it('the certificates are of the authority that the proxy is told, name their clients, and come with their keys', () => {
  const { client, client2, mtls, mtls2 } = plansFor('https://id.example').fapi2_mtls ?? {};
  const authority = readFileSync(new URL('../../docs/conformance/ca.pem', import.meta.url), 'utf8');
  for (const [who, shown] of [
    [client, mtls],
    [client2, mtls2],
  ] as const) {
    const certificate = new X509Certificate(shown?.cert ?? '');
    expect(certificate.verify(new X509Certificate(authority).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(shown?.key ?? ''))).toBe(true);
    expect(certificate.subject).toContain(`CN=${who?.client_id}`);
    expect(shown?.ca).toBe(authority);
  }
});
