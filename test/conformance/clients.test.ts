/** The conformance suite's clients and settings: the file can be applied, and both fit each other. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plansFor } from '../../scripts/conformance-plans.ts';
import { parseRegistryFile } from '../../src/oidc/registry-file.ts';

const text = readFileSync(new URL('../../docs/conformance/registry.yaml', import.meta.url), 'utf8');

it('the file is a registry file without a fault', () => {
  const parsed = parseRegistryFile(text, 'sandbox');
  expect(parsed.ok ? parsed.file.clients.map(({ client_id }) => client_id) : parsed.faults).toEqual([
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
