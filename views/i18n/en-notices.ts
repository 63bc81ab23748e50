/** The sentences of notices to citizens, in English. */
import type { notices as source } from './vi-notices.ts';

export const notices: typeof source = {
  sent: 'Sent through Zalo.',
  kept: 'Only here.',
  older: 'Older messages',
  newest: 'Back to the newest',
  kinds: {
    level2_granted: {
      title: 'Verified with your identity card',
      text: () => 'From now on you can file dossiers and receive results online.',
    },
    level2_refused: {
      title: 'Not verified',
      text: () =>
        'Your last attempt to verify was not accepted. Try again with VNeID, or take your identity card to your commune or ward office.',
    },
    level2_asked: {
      title: 'An officer needs something more',
      text: () =>
        'Your verification waits for one more step from you. Please open the service again and sign in: it says there what to do.',
    },
    level2_ended: {
      title: 'Your verification no longer counts',
      text: () =>
        'You no longer count as verified with your identity card. For important matters, please verify again with VNeID or your card.',
    },
    level2_ending: {
      title: 'Your identity card expires soon',
      text: ({ date }) =>
        `The card you verified with is good until the end of ${date}. After that day you have to verify with the new one. Please renew your card in time.`,
    },
    level2_elsewhere: {
      title: 'Somebody used your card on another account',
      text: () =>
        'Another Zalo account just tried to verify with your identity card or your VNeID, and was refused. If that was not you, please tell your commune or ward office.',
    },
    new_device: {
      title: 'Signed in on a new device',
      text: ({ device }) =>
        `Your account was just used on a new device: ${device}. If that was not you, open your account, “Devices signed in”, and sign that device out.`,
    },
    pin_set: {
      title: 'A PIN was set',
      text: () =>
        'Your account now has a PIN. If you did not set it, remove it on your account page at once.',
    },
    pin_reset: {
      title: 'Your PIN was changed',
      text: () =>
        'Your PIN was just changed. If you did not change it, remove it on your account page at once.',
    },
    pin_locked: {
      title: 'Wrong PIN, many times',
      text: () =>
        'Your PIN was typed wrong many times, so it is locked for a while. If that was not you, somebody is using your Zalo: please change your Zalo password now.',
    },
    passkey_added: {
      title: 'A passkey was added',
      text: () =>
        'Your account now has another passkey. If you did not add it, remove it on your account page at once.',
    },
    passkey_removed: {
      title: 'A passkey was removed',
      text: () => 'A passkey was just removed from your account.',
    },
    phone_quarantined: {
      title: 'Please confirm your phone number',
      text: () =>
        'The phone number of your account may have changed hands, so no service is told it. If it is still yours, please verify with VNeID or your card.',
    },
    phone_moved: {
      title: 'Your phone number went to another account',
      text: () =>
        'This phone number is now held by another Zalo account. If you still use it, open Tây Ninh Smart inside Zalo and share the number again.',
    },
    account_suspended: {
      title: 'Your account is suspended',
      text: () =>
        'Your account is suspended and cannot be used to sign in. To learn why, please ask your commune or ward office.',
    },
    account_reinstated: {
      title: 'Your account is open again',
      text: () => 'You can sign in as before.',
    },
    account_closing: {
      title: 'Your account will be closed',
      text: ({ date }) =>
        `Your account will be closed on ${date}. If you changed your mind, or did not ask for it, press “Keep the account” on your account page before that day.`,
    },
    account_closing_cancelled: {
      title: 'Your account stays',
      text: () => 'Your account will not be closed. Everything is as before.',
    },
    sessions_ended: {
      title: 'Signed out everywhere',
      text: () =>
        'An officer ended every session of your account. Sign in again to go on. The reason is in the ledger on your account page.',
    },
    report_confirmed: {
      title: 'Your report: it was somebody else',
      text: () =>
        'An officer looked into it: somebody else had got into your account. They are out. Change your Zalo password, and verify again when you need it.',
    },
    report_harmless: {
      title: 'Your report: it was nobody else',
      text: () =>
        'An officer looked into it: it was your own device or service, and no stranger. Verify again, and everything is as before.',
    },
    report_unclear: {
      title: 'Your report: we could not find out',
      text: () =>
        'An officer looked into it and could not find out who it was. To be safe, every device has to sign in again. Change your Zalo password, and verify again when you need it.',
    },
    duplicate_stays: {
      title: 'This account stays as it is',
      text: () =>
        'Another account showed the same identity card. An officer looked: this one stays the verified one. There is nothing to do.',
    },
    duplicate_prove: {
      title: 'You can verify this account now',
      text: () =>
        'An officer looked at two accounts with the same identity card and chose this one. Please verify anew with VNeID or your card.',
    },
    duplicate_other: {
      title: 'This account is not verified',
      text: () =>
        'The identity card belongs to another account, or it is not clear to whom. Everyday things still work. If you do not agree, take your identity card to your commune or ward office.',
    },
  },
};
