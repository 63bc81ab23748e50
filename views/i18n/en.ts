/** The same sentences in English, for guests and for those who help the elderly. vi.ts decides what is said. */
import type { Messages } from './vi.ts';

const tryAgainFromService = 'Please open the service again and press sign in once more.';
const tryLater = 'Please wait a few minutes and try again.';
const tellTheService =
  'Please tell the people who run the service, and read them the code at the bottom of this page.';
const goToCommune =
  'Please take your identity card to your commune or ward office, where an officer can help.';

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
  },
  consent: {
    title: 'Share this information?',
    asker: 'The service that asks',
    lead: 'If you agree, Tây Ninh ID will give this service:',
    note: 'Only what is listed above is given.',
    approve: 'I agree',
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
      detail: 'The 12-digit personal number and the full name that have been verified.',
    },
    address: { title: 'Home address', detail: 'The verified address, so that papers reach the right house.' },
    offline_access: {
      title: 'Look again while you are away',
      detail: 'The service may look up the items above again without asking you.',
    },
  },
  errors: {
    internal_error: {
      title: 'Something is not working',
      text: 'The fault is at Tây Ninh ID, not with anything you pressed.',
      advice: `${tryLater} If it still fails, tell an officer and read out the code at the bottom of this page.`,
    },
    not_found: {
      title: 'There is no such page',
      text: 'The address you opened is wrong or out of date.',
      advice: 'Please open the service you need and start from there.',
    },
    bad_request: {
      title: 'The information was not right',
      text: 'Tây Ninh ID could not read what was sent.',
      advice: 'Please go back, look over what you filled in, and send it again.',
    },
    body_too_large: {
      title: 'Too much was sent',
      text: 'The picture or information is larger than can be received.',
      advice: 'Please choose a smaller picture and send it again.',
    },
    cross_origin: {
      title: 'Stopped to keep you safe',
      text: 'That request came from another site, not from Tây Ninh ID.',
      advice: `${tryAgainFromService} If someone sent you a strange link, do not press it.`,
    },
    interaction_expired: {
      title: 'Signing in took too long',
      text: 'The page stayed open too long and was closed to keep you safe.',
      advice: tryAgainFromService,
    },
    interaction_mismatch: {
      title: 'This page can no longer be used',
      text: 'Another sign-in is open on this device.',
      advice: `Please close the old sign-in pages. ${tryAgainFromService}`,
    },
    sign_in_link_expired: {
      title: 'The link has expired',
      text: 'A sign-in link works for a few minutes only.',
      advice: tryAgainFromService,
    },
    sign_in_link_used: {
      title: 'The link has been used',
      text: 'Each sign-in link works only once.',
      advice: tryAgainFromService,
    },
    sign_in_other_browser: {
      title: 'This was started somewhere else',
      text: 'This sign-in began in another app or on another device.',
      advice: 'Please go back to where you pressed sign in, or start again here from the service you need.',
    },
    account_suspended: {
      title: 'The account is locked for now',
      text: 'This account has been locked for a while to keep it safe.',
      advice: goToCommune,
    },
    account_closed: {
      title: 'The account is closed',
      text: 'This Tây Ninh ID account is no longer in use.',
      advice: goToCommune,
    },
    zalo_denied: {
      title: 'You are not signed in',
      text: 'Zalo tells us that you did not agree to sign in.',
      advice: 'If you still want to sign in, try again and press agree in Zalo.',
    },
    zalo_refused: {
      title: 'Zalo did not let you in',
      text: 'Zalo answered but did not confirm the account.',
      advice: tryAgainFromService,
    },
    zalo_unavailable: {
      title: 'Zalo cannot be reached',
      text: 'Zalo is not answering at the moment.',
      advice: tryLater,
    },
    zalo_not_configured: {
      title: 'Zalo sign-in is not open yet',
      text: 'It is not yet possible to sign in with Zalo here.',
      advice: 'Please come back later, or ask the people who run the service.',
    },
    vneid_denied: {
      title: 'You are not verified',
      text: 'VNeID tells us that you did not agree to verify.',
      advice: 'If you still want to verify, try again and press agree in VNeID.',
    },
    vneid_refused: {
      title: 'VNeID did not confirm',
      text: 'VNeID answered but did not confirm the account.',
      advice: 'Please check that your VNeID app still works, then try again.',
    },
    vneid_unavailable: {
      title: 'VNeID cannot be reached',
      text: 'VNeID is not answering at the moment.',
      advice: tryLater,
    },
    vneid_not_configured: {
      title: 'VNeID is not open yet',
      text: 'It is not yet possible to verify with VNeID here.',
      advice: 'Please come back later, or ask the people who run the service.',
    },
    vneid_not_citizen: {
      title: 'A personal VNeID account is needed',
      text: 'The VNeID account you used is not the account of a Vietnamese citizen.',
      advice: 'Please try again with your own VNeID account.',
    },
    vneid_bad_number: {
      title: 'The personal number could not be read',
      text: 'VNeID did not send a personal number of 12 digits.',
      advice: goToCommune,
    },
    vneid_other_person: {
      title: 'This VNeID belongs to someone else',
      text: 'This account was verified for one person, and the VNeID you used is of another.',
      advice: 'Please use your own VNeID. On a borrowed phone, first sign in with your own Zalo.',
    },
    duplicate_person: {
      title: 'There is another account already',
      text: 'This identity card has already verified another Tây Ninh ID account.',
      advice:
        'Please sign in with the earlier account. If it is not yours, take your identity card to your commune or ward office.',
    },
    verification_refused: {
      title: 'Not verified yet',
      text: 'What was sent is not enough to verify who you are.',
      advice: goToCommune,
    },
    invalid_request: {
      title: 'The service asked in the wrong way',
      text: 'The service you opened sent a sign-in request that is not right. You did nothing wrong.',
      advice: tellTheService,
    },
    invalid_client: {
      title: 'This service is not known here',
      text: 'The service you opened is not registered with Tây Ninh ID.',
      advice: `${tellTheService} If it looks strange, do not fill in anything more.`,
    },
    invalid_redirect_uri: {
      title: 'The way back is not known',
      text: 'The service wants to return to an address that is not registered, so Tây Ninh ID stopped to keep you safe.',
      advice: tellTheService,
    },
    unauthorized_client: {
      title: 'The service is not allowed',
      text: 'The service you opened may not sign people in this way.',
      advice: tellTheService,
    },
    session_expired: {
      title: 'Signing in took too long',
      text: 'This sign-in is gone: it stayed open too long, or the device did not keep it.',
      advice: tryAgainFromService,
    },
  },
};
