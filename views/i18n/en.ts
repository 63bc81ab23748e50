/** The same sentences in English, for guests and for those who help the elderly. vi.ts decides what is said. */

import { account } from './en-account.ts';
import { cardPhoto } from './en-card-photo.ts';
import { officers } from './en-console.ts';
import { books } from './en-console-books.ts';
import { cases } from './en-console-cases.ts';
import { citizens } from './en-console-citizens.ts';
import { clients } from './en-console-clients.ts';
import { desk } from './en-desk.ts';
import { devices } from './en-devices.ts';
import { errors } from './en-errors.ts';
import { factors } from './en-factors.ts';
import { miniApp } from './en-mini-app.ts';
import { notices } from './en-notices.ts';
import type { Messages } from './vi.ts';

export const en: Messages = {
  layout: {
    footer: 'Tây Ninh ID is run by Tây Ninh province, for signing in to the services of the province.',
  },
  safety: 'Never give a password or a one-time code to anyone. Officers never phone to ask for them.',
  home: {
    title: 'One sign-in for many services',
    lead: 'Tây Ninh ID tells the services of the province who you are, so you need not start over at each one.',
    points: [
      {
        title: 'Sign in with Zalo',
        text: 'One button, no new password. Enough to ask a question, send a report or read the news.',
      },
      {
        title: 'Verify when it matters',
        text: 'To file papers or receive results, verify with your identity card, so nobody can act in your name.',
      },
      {
        title: 'Know who gets what',
        text: 'The page says which service asks for which information. If you do not agree, it is not given.',
      },
    ],
    how: 'There is nothing to do on this page. When you need to sign in, the service opens Tây Ninh ID by itself.',
    demo: 'Try a sample service',
  },
  signIn: {
    title: 'Please sign in',
    asker: 'The service that asks',
    lead: 'Press the button to sign in with the Zalo account you already use. There is no new password.',
    leadToo: 'Use the passkey you set in this device, or sign in with Zalo.',
    zalo: 'Sign in with Zalo',
    vneid: 'Sign in with VNeID',
    vneidHint: 'For people who have already verified here with VNeID.',
    cancel: (client) => `Do not sign in, go back to ${client}`,
  },
  stepUp: {
    verifyTitle: 'Please verify who you are',
    confirmTitle: 'Please confirm it is you again',
    asker: 'The service that asks',
    verifyWhy:
      'Zalo tells us which account is in use, but not for sure who holds the phone. This is an important matter, so it needs your identity card, and nobody else can act in your name.',
    confirmWhy:
      'This account is already verified with an identity card, so you need not start over. Just confirm once more, in case someone else is holding your phone.',
    verifyVneid: 'Verify with VNeID',
    confirmVneid: 'Confirm with VNeID',
    vneidHint:
      'VNeID is the electronic identity app of the Ministry of Public Security. Use your own account.',
    noMethodTitle: 'Verification is not possible here right now',
    noMethod:
      'We are sorry: no way to verify is working at the moment. You did nothing wrong. Please come back later.',
    declineMeans:
      'You may go on without verifying, but some services will not accept it, such as filing papers.',
    declineConfirmMeans:
      'You may go on without confirming, but some services will not accept it, such as filing papers.',
    decline: 'Continue without verifying',
    cancel: (client) => `Stop and go back to ${client}`,
    verifyCard: 'Verify with the chip of the card',
    confirmCard: 'Confirm with the chip of the card',
    cardHint:
      'You need an identity card with a chip and a phone that can read it, your own or one of your family.',
    ending: (date, days) => {
      if (days <= 7) {
        return `The identity card expires in ${days} ${days === 1 ? 'day' : 'days'} (${date}). After that, verify with a new card before you file papers.`;
      }
      if (days <= 30) {
        return `The identity card expires on ${date}, in ${days} days. Please get a new card now, and verify again with it.`;
      }
      return `The identity card expires on ${date}, in ${days} days. Please get a new card soon, and verify again with it.`;
    },
    pendingTitle: 'Your case is waiting for an officer',
    pending: (since) =>
      `Your case, sent at ${since}, is waiting for an officer. There is nothing to do again.`,
    pendingVneid: 'If you do not want to wait, you may verify with VNeID as well.',
    declinePendingMeans:
      'You may go on while you wait, but some services will not accept it yet, such as filing papers.',
  },
  cardApp: 'Open the app to read the card',
  cardRead: {
    title: 'Read the chip of the card',
    lead: 'A phone will read the chip in your identity card. Please go step by step.',
    appHint:
      'Does the app not open, or can this phone not read cards? Use another phone, as described below.',
    steps: [
      'Take out the identity card with the chip and keep it at hand.',
      'Take a phone that can read chips, open its camera and scan the square on this page.',
      'Hold the card flat against the back of that phone and keep still until it says it is done.',
    ],
    qrLabel: 'Square for another phone to scan',
    codeLabel: 'If scanning fails, open the reader app and type this code:',
    lenderTitle: 'Borrow a phone only from someone you trust',
    lender: 'The phone that reads the card sees its name, number and photo, and so may its owner.',
    waiting: 'Waiting for the card. This page goes on by itself once it is read.',
    finished: 'The card has arrived. Going on…',
    next: 'I have read the card',
  },
  cardHelper: {
    title: 'Read a card for the other screen',
    lead: 'This phone only reads the chip and sends it to the screen that shows the code. Please read this first.',
    points: [
      {
        title: 'Only if the owner of the card is right here',
        text: 'They must have opened the page on the other screen themselves. If someone told you by message or by phone to do this, stop: they want to act in your name.',
      },
      {
        title: 'The owner of this phone will see the card',
        text: 'That is its name, number and photo. Borrow a phone only from someone you trust.',
      },
      {
        title: 'This phone is not signed in',
        text: 'Afterwards only the other screen goes on. This phone gets nothing.',
      },
    ],
    code: 'Open the reader app and type this code:',
    codeInstead: 'If the app does not open, open it yourself and type this code:',
    reader: 'Use the virtual reader to try it out',
  },
  cardWaiting: {
    title: 'The card is read and an officer will look',
    lead: (since) => `Your case was sent at ${since}. An officer will look at it and confirm.`,
    points: [
      {
        title: 'There is nothing more to do',
        text: 'Nobody will phone to ask for a code or for money for this.',
      },
      {
        title: 'Come back whenever you like',
        text: 'Open the service and sign in as usual. Your case is still there; no need to read the card again.',
      },
    ],
    cancel: (client) => `Back to ${client}`,
  },
  consent: {
    title: 'Share this information?',
    asker: 'The service that asks',
    lead: 'If you agree, Tây Ninh ID will give this service:',
    note: 'Only what is listed above is given. You can take it back later, on your account page.',
    approve: 'I agree',
    approveAll: 'I agree to all of it',
    chooseHint: 'Only some of it? Tick the boxes above, then press this button.',
    choose: 'I agree only to what I ticked',
    cancel: 'I do not agree',
  },
  error: {
    code: 'Error code',
    requestId: 'Request code',
    helpdesk: 'If you ask for help, please read out these two codes:',
    back: 'Go back',
  },
  signOut: {
    title: 'Sign out of Tây Ninh ID?',
    asker: 'The service you were using',
    text: 'Signing out leaves every service you entered with Tây Ninh ID on this device.',
    stayMeans: 'If you stay, you leave only the service you were using; the others go on as before.',
    submit: 'Sign out',
    stay: 'Stay',
  },
  signedOut: {
    title: 'You are signed out',
    text: 'This device is no longer signed in to Tây Ninh ID. You may close this page.',
    clientTitle: (client) => `You have left ${client}`,
    clientText: 'This device is still signed in to Tây Ninh ID for other services. You may close this page.',
    shared: 'If this phone belongs to someone else, please sign out of your Zalo as well.',
  },
  scopes: {
    openid: {
      title: 'Your own code at this service',
      detail:
        'So that the service knows you, and knows whether you are verified with an identity card. It is not your identity number.',
    },
    profile: { title: 'Name and picture', detail: 'The name and picture you use on Zalo.' },
    phone: { title: 'Phone number', detail: 'So that the service can send a message or call you back.' },
    identity: {
      title: 'Personal number and name on the identity card',
      detail:
        'The 12-digit personal number and the full name that have been verified; the date of birth if the service asks.',
    },
    address: { title: 'Home address', detail: 'The verified address, so that papers reach the right house.' },
    offline_access: {
      title: 'Look again while you are away',
      detail: 'The service may look up the items above again without asking you.',
    },
  },
  errors,
  account,
  devices,
  factors,
  notices,
  miniApp,
  cardPhoto,
  console: { ...officers, cases, citizens, clients },
  books,
  desk,
};
