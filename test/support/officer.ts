/** What an officer does on the pages of the console, as one of the sandbox's test officers. */
import { codeOf, officerPassword, testOfficers } from '../../src/sandbox/officers.ts';
import type { Product } from './product.ts';
import { Visitor } from './visitor.ts';

/** Far enough on for the officer's next code to be another one. */
const NEXT_CODE_SECONDS = 60;

export function testOfficer(login: string) {
  const found = testOfficers.find((one) => one.login === login);
  if (!found) throw new Error(`no test officer ${login}`);
  return found;
}

/** The code of the officer's app; time goes on first, because a code serves once. */
export function nextCode(product: Product, login: string): string {
  product.travel(NEXT_CODE_SECONDS);
  return codeOf(testOfficer(login), product.deps.clock());
}

/** A browser in which this officer is signed in. */
export async function signInOfficer(
  product: Product,
  login: string,
  visitor = new Visitor(),
): Promise<Visitor> {
  await typePassword(product, login, officerPassword, visitor);
  await visitor.submit('form-factor', { code: nextCode(product, login) });
  return visitor;
}

export async function typePassword(
  product: Product,
  login: string,
  password: string,
  visitor = new Visitor(),
): Promise<Visitor> {
  await visitor.open(`${product.issuer}/console/sign-in`);
  await visitor.submit('form-sign-in', { login, password });
  return visitor;
}

/** Gives the factor again when it is asked for. */
export async function confirm(product: Product, login: string, visitor: Visitor): Promise<void> {
  if (visitor.has('form-confirm')) await visitor.submit('form-confirm', { code: nextCode(product, login) });
}

export async function officerId({ deps }: Product, login: string): Promise<string> {
  const row = await deps.db
    .selectFrom('officers')
    .select('id')
    .where('login', '=', login)
    .executeTakeFirstOrThrow();
  return row.id;
}
