/** What officer and citizen do at a desk, on the pages of the console and on the citizen's own phone. */
import { people } from '../../src/sandbox/people.ts';
import { signInWithZalo } from './citizen.ts';
import { confirm, signInOfficer } from './officer.ts';
import type { Product } from './product.ts';
import { Visitor } from './visitor.ts';

const DESK = '/console/desk';

/** An officer who has begun a visit; the browser is at the visit's page. */
export async function beginVisit(product: Product, login = 'hanh', commune = '99001'): Promise<Visitor> {
  const officer = await signInOfficer(product, login);
  await nextVisit(product, officer, commune);
  return officer;
}

export async function nextVisit(product: Product, officer: Visitor, commune = '99001'): Promise<string> {
  await officer.open(`${product.issuer}${DESK}`);
  await officer.submit('form-start', { commune });
  return idOf(officer);
}

/** The id in the address of a visit's page. */
export function idOf({ page }: Visitor): string {
  return /\/desk\/([\da-f-]{36})/.exec(page.url)?.[1] ?? '';
}

/** The phone number of a test person, as one says it in Viet Nam. */
export function phoneOf(person: string): string {
  const found = people.find(({ id }) => id === person);
  return `0${found?.phone?.slice(2)}`;
}

/** The code in the newest message to a person. */
export async function readCode(product: Product, person: string): Promise<string> {
  const phone = new Visitor();
  await phone.open(`${product.sandbox}/inbox/${person}`);
  return /Mã là (\d{6})/.exec(phone.text)?.[1] ?? '';
}

/** Finds or opens the account by a number whose code is right. */
export async function bindByPhone(product: Product, officer: Visitor, person: string): Promise<void> {
  await officer.submit('form-code', { phone: phoneOf(person) });
  await officer.submit('form-number', { digits: await readCode(product, person) });
}

/** The citizen scans the QR, signs in with Zalo and says "I am here"; the citizen's browser. */
export async function scanLink(product: Product, officer: Visitor, person: string): Promise<Visitor> {
  await officer.submit('form-link');
  const link = /id="link">([^<]+)</.exec(officer.page.html)?.[1] ?? '';
  const citizen = new Visitor();
  await citizen.open(link);
  await signInWithZalo(citizen, person);
  await citizen.submit('form-here');
  await officer.open(`${product.issuer}${DESK}/${idOf(officer) || visitOf(officer)}`);
  return citizen;
}

function visitOf({ page }: Visitor): string {
  return /action="\/console\/desk\/([\da-f-]{36})\//.exec(page.html)?.[1] ?? '';
}

export async function bindByZalo(product: Product, officer: Visitor, person: string): Promise<Visitor> {
  const citizen = await scanLink(product, officer, person);
  await officer.submit('form-same');
  return citizen;
}

/** Lays this person's card on the desk's reader. */
export async function readCard(
  product: Product,
  officer: Visitor,
  person: string,
  fault = 'none',
): Promise<Visitor> {
  await officer.submit('form-reading');
  const code = /id="code">([\w-]+)</.exec(officer.page.html)?.[1] ?? '';
  const reader = new Visitor();
  await reader.open(`${product.sandbox}/card-reader?code=${code}`);
  await reader.submit('form-card-reader', { person, fault });
  await officer.open(officer.page.url.split('?')[0] ?? '');
  return reader;
}

/** The officer says that this is the person. */
export async function seeFace(product: Product, login: string, officer: Visitor): Promise<void> {
  await officer.submit('form-seen', {}, ['box-looked', 'box-asked']);
  await confirm(product, login, officer);
}

/** Another officer opens the visit and answers. */
export async function decideAs(
  product: Product,
  login: string,
  visitId: string,
  form: 'form-agree' | 'form-refuse' = 'form-agree',
): Promise<Visitor> {
  const second = await signInOfficer(product, login);
  await second.open(`${product.issuer}${DESK}/${visitId}`);
  await second.submit(form);
  await confirm(product, login, second);
  return second;
}
