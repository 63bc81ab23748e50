/** The sentences of the proof slip, its check page, and the citizen's own phone, in English; vi-slip.ts is the source. */
import type * as vi from './vi-slip.ts';

export const slip: typeof vi.slip = {
  title: 'Proof of identity verification',
  print: 'Print (Ctrl+P)',
  back: 'Back to the visit',
  of: 'Tây Ninh ID · the digital account of Tây Ninh province',
  number: 'Slip',
  name: 'Name',
  personalNumber: 'Personal number (last 3 digits)',
  where: 'Verified at',
  whole: 'Tây Ninh province',
  when: 'Verified on',
  until: 'Good until the end of',
  noEnd: 'No expiry',
  result: 'Account verified with the identity card',
  checked: 'What was checked',
  points: [
    'The data in the card’s chip was signed by the State and is unchanged.',
    'The chip is genuine and no copy.',
    'The officer at the desk looked at the face and compared it with the portrait in the chip.',
    'Another officer looked at it and agreed.',
  ],
  oneOfficer: 'Decided by the officer at the desk, as the province allows.',
  copied: 'The chip was read, but did not prove that it is the original.',
  meansTitle: 'What this slip is for',
  means:
    'It says where and when your account was verified. It does not replace the card, it signs nobody in, and whoever finds it can do nothing with it.',
  signInTitle: 'How to sign in from now on',
  signInZalo:
    'Sign in with Zalo, then type the 6-digit PIN that you set on your own phone. Nobody may ask you for the PIN, not even an officer.',
  signInNone:
    'The account has no sign-in yet. When you have Zalo, come to the desk of your commune or ward with card and phone.',
  objectTitle: 'If something is wrong',
  object:
    'It was not you, the name is wrong, or you do not agree: go to the desk of any commune or ward, or open your account page, “Ledger”, and press “Not me”. Somebody else may report it for you. The verification then waits until it is cleared up.',
  check: 'Scan to check this slip',
  checkHint: (address) => `or open ${address} and type the number of the slip`,
  qr: 'QR code to check the slip',
  officer: 'Officer at the desk',
};

export const check: typeof vi.check = {
  title: 'Check a proof slip',
  lead: 'Type the number of the slip, 12 letters and digits. Or scan its QR code with a phone.',
  number: 'Number of the slip',
  submit: 'Check',
  holdsTitle: 'A genuine slip, in force',
  endedTitle: 'A genuine slip, no longer in force',
  unknownTitle: 'There is no such slip',
  holds: 'The account of whoever holds it is “verified with the identity card”.',
  ended: 'This verification has expired, was stopped or was replaced by another one.',
  unknown:
    'The number is not right, or Tây Ninh ID did not make this paper. If somebody used it to win your trust, please tell the police.',
  method: 'How',
  methods: { chip: 'Chip of the card read, face seen by an officer at a desk', vneid: 'VNeID' },
  where: 'Where',
  when: 'When',
  until: 'Good until the end of',
  note: 'This page does not say whose slip it is. To be sure that it is of who holds it, look at their identity card.',
  again: 'Check another slip',
};

export const citizen: typeof vi.citizen = {
  title: 'Verification at a desk',
  at: (where) => `Desk: ${where}.`,
  ask: 'Are you at a desk now, in front of an officer?',
  askLead:
    'If you press “Yes”, the officer reads your card for the Zalo account that is signed in here. If somebody sent you this link in a message, it is fraud: press “No”.',
  yes: 'Yes, I am at the desk',
  no: 'No, close this page',
  numberTitle: 'Show this number to the officer',
  numberLead: 'The officer’s screen must show the very same number.',
  next: 'See whether it is done',
  waitTitle: 'The officer is reading your card',
  waitLead:
    'Hand over your card and look straight ahead, so that the officer can compare. Then press the button below.',
  doneTitle: 'Verified with the identity card',
  doneLead: 'One thing is left: set a PIN on this very phone. Next time Zalo and the PIN are enough.',
  pinTitle: 'Set a PIN',
  pin: 'PIN of 6 digits',
  again: 'The same PIN again',
  pinWarning: 'Only on your own phone. Show it to nobody, not even an officer.',
  pinSubmit: 'Set the PIN',
  pinSet: 'The PIN is set. You are done; keep the slip.',
  refusedTitle: 'Not verified this time',
  refusedLead: 'Please ask the officer at the desk why, and what to do next.',
  toAccount: 'To my account',
};
