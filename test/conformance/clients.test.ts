/** The conformance suite's clients and settings: the file can be applied, and both fit each other. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plansFor } from '../../scripts/conformance-plans.ts';
import { parseRegistryFile } from '../../src/registry/file.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../docs/conformance/${name}`, import.meta.url), 'utf8');
const text = read('registry.yaml');
const mtls = read('registry-mtls.yaml');

const clientsIn = (file: string) => {
  const parsed = parseRegistryFile(file, 'sandbox');
  return parsed.ok ? parsed.file.clients.map(({ client_id }) => client_id) : parsed.faults;
};

it('the files are registry files without a fault', () => {
  expect(clientsIn(mtls)).toEqual([
    'conformance-mtls-1',
    'conformance-mtls-2',
    'conformance-mtls-dpop-1',
    'conformance-mtls-dpop-2',
    'conformance-key-mtls-1',
    'conformance-key-mtls-2',
  ]);
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
  expect(new Set(keys.map(({ x }) => x)).size).toBe(6);
  for (const client of clients) expect(text + mtls).toContain(`client_id: ${client.client_id}\n`);
  for (const { x, d } of keys) {
    expect(text + mtls).toContain(x);
    expect(text + mtls).not.toContain(d);
  }
  expect(JSON.stringify(plans)).not.toContain('ISSUER');
});

it('the certificates are of the authority that the proxy is told, name their clients, and come with their keys', () => {
  const { client, client2, mtls: first, mtls2: second } = plansFor('https://id.example').fapi2_mtls ?? {};
  const authority = read('ca.pem');
  for (const [who, shown] of [
    [client, first],
    [client2, second],
  ] as const) {
    const certificate = new X509Certificate(shown?.cert ?? '');
    expect(certificate.verify(new X509Certificate(authority).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(shown?.key ?? ''))).toBe(true);
    expect(certificate.subject).toContain(`CN=${who?.client_id}`);
    expect(shown?.ca).toBe(authority);
  }
});
