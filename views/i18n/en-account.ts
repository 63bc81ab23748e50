/** The sentences of the account pages, in English. */
import type { account as source } from './vi-account.ts';

export const account: typeof source = {
  title: 'My account',
  back: 'Back to my account',
  methods: {
    zalo: 'Zalo',
    vneid: 'VNeID',
    chip: 'the chip of the card',
    pin: 'PIN',
    passkey: 'a key on this phone',
  },
  level: {
    title: 'How surely we know you',
    level2: 'Verified with an identity card',
    level1: 'Signed in with Zalo, not verified with an identity card',
    since: (when, method) => `Verified at ${when}, with ${method}.`,
    until: (day) => `Good until the end of ${day}.`,
    noEnd: 'There is no end date.',
    thisSession: 'In this session you have confirmed that it is you.',
    notThisSession: 'In this session you have not confirmed it again; important matters will ask once more.',
    reasons: {
      not_verified: 'Never verified so far. Questions, reports and news need no verification.',
      verification_revoked: 'The last verification was revoked. To file papers, verify again.',
      verification_expired: 'The last verification has run out. To file papers, verify again.',
      verification_superseded: 'The last verification was replaced by another one.',
      level2_on_hold: 'On hold because of a report "not me". Verify again to go on.',
    },
    verify: 'Verify now',
    confirm: 'Confirm that it is me',
  },
  identity: {
    title: 'From the identity card',
    name: 'Full name',
    number: 'Personal number',
    birthDate: 'Date of birth',
    hidden: 'Partly hidden, so that whoever sits beside you cannot read it.',
    show: 'Show everything',
  },
  phone: {
    title: 'Phone number',
    none: 'None. On this page Zalo does not tell us the number. We have one only after you open Tây Ninh Smart inside Zalo and agree to share it.',
    since: (when) => `Zalo vouched for it at ${when}.`,
    quarantined:
      'This number may have changed hands, so no service is told it. If it is yours, please confirm with VNeID or your identity card.',
    moved:
      'This number belongs to another Zalo account now, so it is no longer this account’s. If you still use it, open Tây Ninh Smart inside Zalo and share the number again.',
  },
  linked: {
    title: 'Linked accounts',
    since: (when) => `Linked since ${when}.`,
  },
  menu: {
    title: 'More',
    factors: { title: 'PIN and keys', text: 'To confirm quickly next time.' },
    sessions: { title: 'Devices signed in', text: 'See one you do not know? Sign it out.' },
    services: { title: 'Services used', text: 'Who was given what; you can withdraw it.' },
    ledger: { title: 'The ledger', text: 'Who signed in, who asked, who looked, and when.' },
    notices: { title: 'Messages', text: 'What Tây Ninh ID has told you.' },
    data: { title: 'Get my data', text: 'All that is held, in one file.' },
    close: { title: 'Close the account', text: 'It ends after seven days; you can change your mind.' },
  },
  sessions: {
    title: 'Devices signed in',
    lead: 'Each line is a device that is signed in to Tây Ninh ID with this account.',
    this: 'This device',
    unknown: 'Unknown device',
    device: (program, system) => `${program} on ${system}`,
    signedIn: (when, how) => `Signed in at ${when}, with ${how}.`,
    lastSeen: (when) => `Last used ${when}.`,
    services: (names) => `In use: ${names}.`,
    end: 'Sign this device out',
    endOthers: 'Sign all other devices out',
    endAll: 'Sign out everywhere, here too',
    ended: 'Signed out.',
    allMeans:
      'Signing out everywhere means that every service, Tây Ninh Smart inside Zalo too, asks to sign in again.',
  },
  services: {
    title: 'Services used',
    none: 'No service yet.',
    given: (when) => `Allowed at ${when}.`,
    withdraw: 'Withdraw',
    means:
      'After withdrawing, the service can look up nothing more, and must ask again next time. It still holds what it was given; to have that deleted, please ask the service.',
    withdrawn: (name) => `What ${name} was allowed is withdrawn.`,
  },
  left: {
    title: 'Not signed in',
    text: 'To see your account you need to sign in, or to confirm that it is you.',
    again: 'Try again',
  },
};
