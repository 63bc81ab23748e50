/**
 * The card office: a virtual CCCD for every test person whose number can be, under the sandbox's own authority.
 *
 * A card is made when it is first asked for and stays the same until the sandbox ends: chips with RSA keys for even
 * numbers, with elliptic curves for odd ones, each kind with a document signer of its own. On demand the office makes
 * a card with a flaw, which is given out once.
 */

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Deps } from '../deps.ts';
import { parsePersonalNumber } from '../icao/personal-number.ts';
import { makeAuthorities, makeAuthority, makeAuthorityKeys } from './card-authority.ts';
import { type Algorithm, extension, type KeyPair } from './card-certificates.ts';
import { der } from './card-der.ts';
import {
  answerChallenge,
  type Card,
  type CardPlan,
  type Csca,
  makeCard,
  makeSigner,
  type SignerChanges,
} from './card-factory.ts';
import type { Person as Holder } from './card-files.ts';
import { drawPortrait } from './card-portrait.ts';
import { type Person, people } from './people.ts';

export const flaws = [
  'cloned',
  'expired',
  'dg13-opaque',
  'huge-dg2',
  'unknown-csca',
  'passport-csca',
  'tls-signer',
  'sha1-signer',
] as const;
export type Flaw = (typeof flaws)[number];

export type CardOffice = {
  /** The card this person carries, or one of theirs that is spoilt so; undefined: no card has such a number. */
  issue: (person: Person, flaw?: Flaw) => Promise<Card | undefined>;
};

type Kind = 'rsa' | 'ec';

const DAY_MS = 24 * 3600 * 1000;
const VIETNAM_MS = 7 * 3600 * 1000;
/** How long ago a card was issued. By the age rule it lasts two years at least, so that it is good for long. */
const CARD_AGE_DAYS = 330;
const HUGE_OCTETS = 300 * 1024;
const documentTypeList = '2.23.136.1.1.6.2';
const serverAuthentication = '1.3.6.1.5.5.7.3.1';

/** Who has a card. */
export const holders: readonly Person[] = people.filter(({ personalNumber }) =>
  parsePersonalNumber(personalNumber),
);

export function createCardOffice(deps: Deps): CardOffice {
  const authorities = makeAuthorities(deps.keyring);
  const keys = new Map<string, Promise<KeyPair>>();
  const cards = new Map<string, Promise<Card>>();

  const keysFor = (kind: Kind, use: string): Promise<KeyPair> =>
    remember(keys, `${kind} ${use}`, () => makeKeys(kind, use));

  const make = async (person: Person, flaw: Flaw | undefined): Promise<Card> => {
    const kind: Kind = Number(person.personalNumber.at(-1)) % 2 === 0 ? 'rsa' : 'ec';
    const issued = new Date(deps.clock().getTime() - CARD_AGE_DAYS * DAY_MS);
    const chipKeys = await keysFor(kind, person.personalNumber);
    const { csca = authorities.cards, sha1 = false, changes } = describeSigner(authorities.passports, flaw);
    const signer = makeSigner(
      csca,
      { ...termsOf(issued, kind, await keysFor(kind, 'signer')), algorithm: algorithmOf(kind, sha1) },
      changes,
    );
    const plan: CardPlan = {
      person: describeHolder(person, issued),
      portrait: drawPortrait(person.personalNumber),
      signedAt: issued,
      chipKeys,
    };
    const card = makeCard(signer, spoil(plan, flaw, deps));
    if (flaw !== 'cloned') return card;
    // Everything on the chip was copied, save the key that never leaves it.
    const thief = await keysFor(kind, 'thief');
    return { ...card, answer: (challenge) => answerChallenge(thief, challenge) };
  };

  return {
    issue: async (person, flaw) => {
      if (!holders.includes(person)) return undefined;
      if (flaw) return make(person, flaw);
      // One card a number: two accounts of one person hold the same.
      return remember(cards, person.personalNumber, () => make(person, person.cardFlaw));
    },
  };
}

function remember<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

async function makeKeys(kind: Kind, use: string): Promise<KeyPair> {
  const namedCurve = use === 'signer' ? 'prime256v1' : 'brainpoolP256r1';
  return kind === 'rsa'
    ? promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
    : promisify(generateKeyPair)('ec', { namedCurve });
}

function algorithmOf(kind: Kind, sha1: boolean): Algorithm {
  if (sha1) return { scheme: kind === 'rsa' ? 'rsa' : 'ecdsa', hash: 'sha1' };
  return { scheme: kind === 'rsa' ? 'pss' : 'ecdsa', hash: 'sha256' };
}

/** A document signer of three months around this day (Doc 9303-12 §7.1.1), certified for as long as its cards last. */
function termsOf(issued: Date, kind: Kind, keys: KeyPair) {
  const after = (days: number) => new Date(issued.getTime() + days * DAY_MS);
  return {
    subject: [
      ['C', 'VN'],
      ['O', 'Tay Ninh ID sandbox'],
      ['CN', `Sandbox document signer ${kind.toUpperCase()}`],
    ] as const,
    serial: Math.floor(issued.getTime() / DAY_MS),
    notBefore: after(-30),
    notAfter: after(365 * 30),
    usagePeriod: [after(-30), after(60)] as const,
    documentTypes: ['ID'],
    keys,
  };
}

type SignerFlaw = { csca?: Csca; sha1?: boolean; changes?: SignerChanges };

function describeSigner(passports: Csca, flaw: Flaw | undefined): SignerFlaw {
  if (flaw === 'sha1-signer') return { sha1: true };
  if (flaw === 'unknown-csca') return { csca: makeAuthority('Self-made CSCA', 9, makeAuthorityKeys()) };
  // Nothing says "passports" but the operator's pin.
  if (flaw === 'passport-csca') return { csca: passports, changes: { without: documentTypeList } };
  if (flaw === 'tls-signer')
    return { changes: { extensions: [extension.extendedKeyUsage(serverAuthentication)] } };
  return {};
}

function spoil(plan: CardPlan, flaw: Flaw | undefined, { clock, random }: Deps): CardPlan {
  const { person, portrait } = plan;
  if (flaw === 'expired') {
    return { ...plan, person: { ...person, expiryDate: dayOf(new Date(clock().getTime() - DAY_MS)) } };
  }
  if (flaw === 'huge-dg2') {
    const image = Buffer.concat([portrait.image, Buffer.alloc(HUGE_OCTETS)]);
    return { ...plan, portrait: { ...portrait, image } };
  }
  // As the cards of 2024 may have it: encrypted, and signed all the same (facts B1).
  if (flaw === 'dg13-opaque') return { ...plan, files: (files) => files.set(13, der(0x6d, random(240))) };
  return plan;
}

function describeHolder(person: Person, issued: Date): Holder {
  const { personalNumber, fullName, birthDate } = person;
  const [surname = '', ...givenNames] = toLatin(fullName).split(' ');
  const inLongAn = personalNumber.startsWith('080');
  return {
    personalNumber,
    surname,
    givenNames: givenNames.join(' '),
    fullName,
    birthDate,
    sex: parsePersonalNumber(personalNumber)?.sex ?? 'male',
    issueDate: dayOf(issued),
    expiryDate: expiryOf(birthDate, dayOf(issued)),
    placeOfOrigin: inLongAn ? 'Cần Đước, Long An' : 'Trảng Bàng, Tây Ninh',
    placeOfResidence: inLongAn
      ? 'Số 0 đường Thử Nghiệm, phường Long An, Tây Ninh'
      : 'Số 0 đường Thử Nghiệm, phường Tân Ninh, Tây Ninh',
  };
}

/**
 * Law on Identification 2023, article 21: a card is changed at 14, 25, 40 and 60, and one issued in the two years
 * before lasts until the birthday after that. From 60 on: no expiry.
 */
export function expiryOf(birthDate: string, issueDate: string): string | undefined {
  const birthday = (age: number) => `${Number(birthDate.slice(0, 4)) + age}${birthDate.slice(4)}`;
  const age = [14, 25, 40, 60].find((limit) => issueDate < birthday(limit - 2));
  return age === undefined ? undefined : birthday(age);
}

/** Capitals without marks, as in the machine readable zone. */
function toLatin(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'D').toUpperCase();
}

/** The calendar day in Viet Nam. */
function dayOf(time: Date): string {
  return new Date(time.getTime() + VIETNAM_MS).toISOString().slice(0, 10);
}
