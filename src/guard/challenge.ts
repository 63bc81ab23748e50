/**
 * The WWW-Authenticate challenge, written and read: RFC 6750 section 3 with the members RFC 9470 section 3 adds, by
 * which a service tells an app how surely and how recently the citizen must have signed in.
 *
 * Whatever goes in, what comes out is one well-formed header line: nothing can end a quoted string early.
 */
export type Challenge = {
  /** `invalid_token`, `insufficient_user_authentication` (RFC 9470) or `insufficient_scope`; none when no token came. */
  error?: string;
  errorDescription?: string;
  acrValues?: string[];
  /** Seconds. */
  maxAge?: number;
  scope?: string[];
};

/** Writes a Bearer challenge. Characters that RFC 6750 section 3 does not allow in a value become `?`. */
export function buildChallenge(challenge: Challenge): string {
  const parameters: string[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value) parameters.push(`${name}="${value.replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '?')}"`);
  };
  add('error', challenge.error);
  add('error_description', challenge.errorDescription);
  add('acr_values', challenge.acrValues?.join(' '));
  add('max_age', challenge.maxAge === undefined ? undefined : String(Math.trunc(challenge.maxAge)));
  add('scope', challenge.scope?.join(' '));
  return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`;
}

// RFC 9110 section 5.6.2 and 5.6.4. Sticky and without nested repetition: linear in the length of the header.
const SEPARATOR = /[ \t]*(?:,[ \t]*)*/y;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const TOKEN68 = /[ \t]+[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;

/**
 * Reads the Bearer (or DPoP) challenge out of a WWW-Authenticate header, which may hold challenges of other schemes
 * too. Undefined when there is none or the header is not well-formed.
 */
export function parseChallenge(header: string | null | undefined): Challenge | undefined {
  const schemes = header ? scanSchemes(header) : undefined;
  const found =
    schemes?.find(({ name }) => name === 'bearer') ?? schemes?.find(({ name }) => name === 'dpop');
  return found && readParameters(found.parameters);
}

type Scheme = { name: string; parameters: Map<string, string> };

function scanSchemes(text: string): Scheme[] | undefined {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const schemes: Scheme[] = [];
  for (take(SEPARATOR); at < text.length; take(SEPARATOR)) {
    const name = take(TOKEN)?.[0].toLowerCase();
    if (!name) return undefined;
    if (!take(EQUALS)) {
      // A word without `=` opens a new challenge (RFC 9110 section 11.3).
      schemes.push({ name, parameters: new Map() });
      take(TOKEN68);
      continue;
    }
    const quoted = take(QUOTED);
    const value = quoted ? (quoted[1] ?? '').replace(/\\(.)/gs, '$1') : take(TOKEN)?.[0];
    const current = schemes.at(-1);
    // RFC 6750 section 3: a parameter must not appear twice; which one would be meant is anybody's guess.
    if (value === undefined || !current || current.parameters.has(name)) return undefined;
    current.parameters.set(name, value);
  }
  return schemes;
}

function readParameters(parameters: Map<string, string>): Challenge {
  const words = (name: string): string[] | undefined => {
    const list = parameters.get(name)?.split(' ').filter(Boolean);
    return list && list.length > 0 ? list : undefined;
  };
  const error = parameters.get('error');
  const errorDescription = parameters.get('error_description');
  const maxAge = parameters.get('max_age');
  const acrValues = words('acr_values');
  const scope = words('scope');
  return {
    ...(error ? { error } : {}),
    ...(errorDescription ? { errorDescription } : {}),
    ...(acrValues ? { acrValues } : {}),
    // RFC 9470 section 3: a non-negative integer; anything else is no wish at all.
    ...(maxAge && /^\d{1,10}$/.test(maxAge) ? { maxAge: Number(maxAge) } : {}),
    ...(scope ? { scope } : {}),
  };
}
