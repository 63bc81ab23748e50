/** The words of the registry's commands: options as members of an entry. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';

export type Args = { values: Readonly<Record<string, unknown>>; rest: readonly string[] };

export const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
export const flag = { type: 'boolean' } as const;

const common = { name: text, 'name-en': text, owner: text, contact: texts, set: texts };
export const clientOptions = {
  ...common,
  auth: text,
  type: text,
  grant: texts,
  'redirect-uri': texts,
  'post-logout-redirect-uri': texts,
  scope: texts,
  'minimum-level': text,
  'maximum-level': text,
  profile: text,
};
export const clientUsage =
  '--name NAME --owner OWNER --contact E-MAIL --redirect-uri URI… --scope SCOPE… [--auth METHOD] [--set MEMBER=VALUE…]';
export const serviceOptions = { ...common, 'client-id': text, format: text };
export const scopeOptions = { service: text, level: text, vi: text, en: text };

const grantNames: Record<string, string> = {
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
  token_exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
};

export function clientMembers(
  values: Args['values'],
  name?: { vi: string; en: string },
): Record<string, unknown> {
  const grants = (values.grant as string[] | undefined)?.map((grant) => grantNames[grant] ?? grant);
  return given({
    ...commonMembers(values, name),
    token_endpoint_auth_method: values.auth,
    application_type: values.type,
    grant_types: grants,
    redirect_uris: values['redirect-uri'],
    post_logout_redirect_uris: values['post-logout-redirect-uri'],
    scopes: values.scope,
    minimum_level: values['minimum-level'],
    maximum_level: values['maximum-level'],
    profile: values.profile,
    ...readSets(values),
  });
}

export function serviceMembers(
  values: Args['values'],
  name?: { vi: string; en: string },
): Record<string, unknown> {
  return given({
    ...commonMembers(values, name),
    client_id: values['client-id'],
    access_token_format: values.format,
    ...readSets(values),
  });
}

/** Without an English name the Vietnamese one serves both. */
function commonMembers(values: Args['values'], before: { vi: string; en: string } | undefined) {
  const vi = values.name ?? before?.vi;
  const en = values['name-en'] ?? (before && before.en !== before.vi ? before.en : vi);
  const named = values.name !== undefined || values['name-en'] !== undefined;
  return { name: named ? { vi, en } : undefined, owner: values.owner, contacts: values.contact };
}

/** `--set member=value`: JSON where it is JSON, else text; nothing behind the sign takes the member away. */
function readSets(values: Args['values']): Record<string, unknown> {
  const pairs = ((values.set as string[] | undefined) ?? []).map((one): [string, unknown] => {
    const sign = one.indexOf('=');
    if (sign < 1) throw new UsageError(`--set ${one} is not MEMBER=VALUE`);
    return [one.slice(0, sign), readValue(one.slice(sign + 1))];
  });
  return Object.fromEntries(pairs);
}

function readValue(word: string): unknown {
  if (word === '') return null;
  try {
    return JSON.parse(word);
  } catch {
    return word;
  }
}

function given(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

export function takeOne({ rest }: Args, what: string): string {
  const [one, ...more] = rest;
  if (!one) throw new UsageError(`no ${what} is named`);
  if (more.length > 0) throw new UsageError(`${more[0]} is one too many`);
  return one;
}

export function readGiven(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
