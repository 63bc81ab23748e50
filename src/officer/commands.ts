/**
 * The operator's commands about officers: `officer add` prints a one-time link, `communes import` fills the list of
 * communes. cli.ts parses the words and prints the lines.
 */
import { readFile } from 'node:fs/promises';
import { performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { issueLink } from './invitations.ts';
import { addOfficer, normaliseLogin } from './officers.ts';
import { isRole, roles } from './roles.ts';

export type OfficerOutcome = { said: string[]; complained?: string[]; code: number };
type Store = Pick<Deps, 'db' | 'clock' | 'random'> & { issuer: string };

const faults = {
  login_taken: 'an officer with this login exists',
  out_of_scope: 'not allowed',
  unknown_commune: 'a commune code is not in the list: fill it with "communes import"',
};

export type OfficerWords = {
  login: string | undefined;
  name: string | undefined;
  role: string | undefined;
  communes: string[];
};

/** What is wrong with the words of `officer add`; undefined when nothing is. */
export function findUsageFault({ login, name, role }: OfficerWords): string | undefined {
  if (!login || !normaliseLogin(login))
    return 'a login is missing: 3 to 64 lower-case letters, digits, and . _ @ -';
  if (!name) return '--name is missing: the officer’s full name';
  if (!role || !isRole(role)) return `--role is missing: ${roles.join(', ')}`;
  return undefined;
}

/** Makes an officer's account and the link that opens it. */
export async function addByOperator(
  { issuer, random, ...store }: Store,
  { login = '', name = '', role = '', communes }: OfficerWords,
): Promise<OfficerOutcome> {
  const known = normaliseLogin(login);
  if (!known || !isRole(role)) throw new Error('the words were not checked');
  const made = await performAct(store, async (act) => {
    const added = await addOfficer(act, { login: known, name, role, communes, by: 'operator' });
    if ('fault' in added) return added;
    return {
      token: await issueLink(act, random, { officerId: added.id, kind: 'invitation', by: 'operator' }),
    };
  });
  if ('fault' in made) return { said: [], complained: [faults[made.fault]], code: 1 };
  const said = [
    `${issuer}/console/invitation/${made.token}`,
    'Shown once, serves once, for three days. Hand it over in person.',
  ];
  return { said, code: 0 };
}

/** Fills the list of communes from a file of lines `code,name`. Codes that are there take the new name; none is removed. */
export async function importCommunes({ db }: Pick<Store, 'db'>, path: string): Promise<OfficerOutcome> {
  const lines = (await readFile(path, 'utf8'))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const rows = lines.map((line) => /^"?(\d{5})"?\s*[,;]\s*"?([^",;]+)"?$/.exec(line));
  const wrong = rows.findIndex((row) => !row);
  if (wrong >= 0)
    return {
      said: [],
      complained: [`line ${wrong + 1} is not "code,name" with a code of five digits`],
      code: 1,
    };
  const values = rows.flatMap((row) => (row ? [{ code: row[1] ?? '', name: (row[2] ?? '').trim() }] : []));
  if (values.length === 0) return { said: [], complained: ['the file is empty'], code: 1 };
  await db
    .insertInto('communes')
    .values(values)
    .onConflict((conflict) =>
      conflict.column('code').doUpdateSet(({ ref }) => ({ name: ref('excluded.name') })),
    )
    .execute();
  return { said: [`${values.length} communes`], code: 0 };
}
