/**
 * Registrations as forms: each member that people fill in has a field, the rest stands as JSON under one. What a form
 * brought becomes members for the registry's own functions, whose rules decide; what they refuse is told beside its field.
 */
import type { EntryField, ScopeRow } from '../../views/console-clients.ts';
import { messagesFor } from '../../views/messages.ts';
import { levels } from '../guard/levels.ts';
import type { Context } from '../http/state.ts';
import type { Fault } from '../registry/rules.ts';
import type { Fields } from './rights.ts';

type Members = Record<string, unknown>;
type Shape = { name: string } & (
  | { kind: 'text'; optional?: boolean }
  | { kind: 'lines' }
  | { kind: 'yes' }
  | { kind: 'one'; values: readonly string[]; fallback: string }
  | { kind: 'some'; values: readonly string[] }
);

const names: Shape[] = [
  { name: 'name_vi', kind: 'text' },
  { name: 'name_en', kind: 'text', optional: true },
  { name: 'owner', kind: 'text' },
  { name: 'contacts', kind: 'lines' },
];

/** `scopes`: every scope a client could ask for. */
export function clientShape(scopes: readonly string[], fresh: boolean): Shape[] {
  return [
    ...(fresh ? ([{ name: 'client_id', kind: 'text' }] as const) : []),
    ...names,
    { name: 'application_type', kind: 'one', values: ['web', 'native'], fallback: 'web' },
    {
      name: 'token_endpoint_auth_method',
      kind: 'one',
      values: [
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
        'tls_client_auth',
        'self_signed_tls_client_auth',
        'none',
      ],
      fallback: 'client_secret_basic',
    },
    { name: 'redirect_uris', kind: 'lines' },
    { name: 'post_logout_redirect_uris', kind: 'lines' },
    { name: 'scopes', kind: 'some', values: scopes },
    {
      name: 'grant_types',
      kind: 'some',
      values: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ],
    },
    { name: 'minimum_level', kind: 'one', values: levels, fallback: 'level1' },
    { name: 'maximum_level', kind: 'one', values: levels, fallback: 'level2' },
    { name: 'sector', kind: 'text', optional: true },
    { name: 'backchannel_logout_uri', kind: 'text', optional: true },
    { name: 'backchannel_logout_session_required', kind: 'yes' },
  ];
}

export function serviceShape(fresh: boolean): Shape[] {
  return [
    ...(fresh
      ? ([
          { name: 'resource', kind: 'text' },
          { name: 'client_id', kind: 'text' },
        ] as const)
      : []),
    ...names,
    { name: 'access_token_format', kind: 'one', values: ['opaque', 'jwt'], fallback: 'opaque' },
    { name: 'test_uri', kind: 'text', optional: true },
    { name: 'sector', kind: 'text', optional: true },
  ];
}

/** Members with a place of their own on the page. */
const apart = ['name', 'client_id', 'resource', 'secret_hash', 'disabled'];

/** What a form brought. Undefined: the JSON of the other members cannot be read. */
export function readMembers(
  fields: Fields,
  shape: readonly Shape[],
  before: Members | undefined,
): Members | undefined {
  const read = (name: string) => (typeof fields[name] === 'string' ? fields[name].trim() : '');
  const members: Members = { name: { vi: read('name_vi'), en: read('name_en') || read('name_vi') } };
  for (const one of shape) {
    const { name, kind } = one;
    if (name.startsWith('name_')) continue;
    if (kind === 'text') members[name] = read(name) || (one.optional ? null : '');
    if (kind === 'one') members[name] = read(name) || one.fallback;
    if (kind === 'yes') members[name] = fields[name] === '1';
    if (kind === 'lines') members[name] = linesOf(read(name));
    if (kind === 'some') members[name] = one.values.filter((value) => fields[`${name}:${value}`] === '1');
  }
  const others = parseObject(read('more'));
  if (!others) return undefined;
  const known = new Set([...shape.map(({ name }) => name), ...apart, 'scopes']);
  const gone = Object.keys(before ?? {}).filter((name) => !known.has(name) && !(name in others));
  const foreign = Object.fromEntries(Object.entries(others).filter(([name]) => !known.has(name)));
  return { ...members, ...Object.fromEntries(gone.map((name) => [name, null])), ...foreign };
}

/** The scopes of a service, as rows with a number behind each name; an empty name is no row. */
export function readScopes(fields: Fields) {
  const read = (name: string, at: number) => String(fields[`${name}_${at}`] ?? '').trim();
  return rowNumbers(fields)
    .filter((at) => read('scope_name', at) !== '')
    .map((at) => ({
      name: read('scope_name', at),
      level: read('scope_level', at),
      description: { vi: read('scope_vi', at), en: read('scope_en', at) || read('scope_vi', at) },
    }));
}

function rowNumbers(fields: Fields): number[] {
  return Object.keys(fields)
    .flatMap((name) => /^scope_name_(\d{1,2})$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** The fields of a form, filled with an entry's members. */
export function showFields(
  ctx: Context,
  shape: readonly Shape[],
  { members, faults = [] }: { members: Members; faults?: readonly Fault[] },
): EntryField[] {
  const text = messagesFor(ctx.state.lang).console.clients;
  const others = Object.entries(members).filter(
    ([name, value]) =>
      ![...shape.map((one) => one.name), ...apart, 'scopes'].includes(name) &&
      value !== null &&
      value !== undefined,
  );
  const fields = shape.map((one) => showField(text, one, members));
  const more: EntryField = {
    name: 'more',
    label: text.fields.more ?? 'more',
    hint: text.hints.more ?? '',
    kind: 'json',
    value: others.length > 0 ? JSON.stringify(Object.fromEntries(others), null, 2) : '',
  };
  return [...fields, more].map((field) => {
    const own = faults.filter((fault) => fieldOf(fault, shape) === field.name);
    return own.length > 0 ? { ...field, error: own.map((one) => sayFault(ctx, one)).join('; ') } : field;
  });
}

type Words = ReturnType<typeof messagesFor>['console']['clients'];

function showField(text: Words, one: Shape, members: Members): EntryField {
  const { name } = one;
  const label = text.fields[name] ?? name;
  const hint = text.hints[name];
  const base = { name, label, ...(hint ? { hint } : {}) };
  const value = name.startsWith('name_')
    ? (members.name as Members | undefined)?.[name.slice(5)]
    : members[name];
  const words = (code: string) => text.levels[code] ?? text.values[code] ?? code;
  if (one.kind === 'yes') return { ...base, kind: 'yes', chosen: value === true };
  if (one.kind === 'lines')
    return { ...base, kind: 'lines', value: ((value as string[] | undefined) ?? []).join('\n') };
  if (one.kind === 'text')
    return { ...base, kind: 'text', value: String(value ?? ''), ...(one.optional ? { optional: true } : {}) };
  const chosen = (code: string) =>
    one.kind === 'some'
      ? ((value as string[] | undefined) ?? []).includes(code)
      : code === (value ?? one.fallback);
  const options = one.values.map((code) => ({ value: code, label: words(code), chosen: chosen(code) }));
  return { ...base, kind: one.kind, options };
}

/** The scopes of a service with two empty rows, and what is wrong beside its row. */
export function showScopes(
  ctx: Context,
  scopes: readonly { name: string; level: string; description: { vi: string; en: string } }[],
  faults: readonly Fault[] = [],
): ScopeRow[] {
  const rows = scopes.map(({ name, level, description }, at): ScopeRow => {
    const own = faults.filter(({ path }) => path[0] === 'scopes' && path[1] === at);
    return {
      name,
      level: level === 'level2' ? 'level2' : 'level1',
      ...description,
      ...(own.length > 0 ? { error: own.map((one) => sayFault(ctx, one)).join('; ') } : {}),
    };
  });
  const empty: ScopeRow = { name: '', level: 'level1', vi: '', en: '' };
  return [...rows, empty, empty];
}

/** Faults that belong to no field: said above all. */
export function sayRest(ctx: Context, shape: readonly Shape[], faults: readonly Fault[]): string {
  const { wrong } = messagesFor(ctx.state.lang).console.clients;
  const rest = faults.filter((fault) => !fieldOf(fault, shape) && fault.path[0] !== 'scopes');
  return [wrong, ...rest.map((one) => sayFault(ctx, one))].join(' ');
}

function fieldOf({ path: [first, second] }: Fault, shape: readonly Shape[]): string | undefined {
  if (first === undefined) return undefined;
  if (first === 'name') return second === 'en' ? 'name_en' : 'name_vi';
  return shape.some(({ name }) => name === first) ? String(first) : first === 'scopes' ? undefined : 'more';
}

/** The rule's reason in the officer's language; of lines the number comes first, counted from one. */
function sayFault(ctx: Context, { path, reason }: Fault): string {
  const { reasons, inUse } = messagesFor(ctx.state.lang).console.clients;
  const used = /^the scope \S+ is in use: (.*)$/.exec(reason)?.[1];
  const words = used ? inUse(used) : (reasons[reason] ?? reason);
  const [member, at] = path;
  return typeof at === 'number' && member !== 'scopes' ? `${at + 1}: ${words}` : words;
}

function linesOf(text: string): string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parseObject(text: string): Members | undefined {
  if (text === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Members)
      : undefined;
  } catch {
    return undefined;
  }
}
