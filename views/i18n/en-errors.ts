/** The same sentences in English; vi-errors.ts decides what is said. */
import type { ErrorTexts } from './vi-errors.ts';

const tryAgainFromService = 'Please open the service again and press sign in once more.';
const tryLater = 'Please wait a few minutes and try again.';
const tellTheService =
  'Please tell the people who run the service, and read them the code at the bottom of this page.';
const goToCommune =
  'Please take your identity card to your commune or ward office, where an officer can help.';
const goToCommuneToo =
  'please take your identity card to your commune or ward office, where an officer can help.';

export const errors: ErrorTexts = {
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
  passkey_refused: {
    title: 'This passkey cannot be used here',
    text: 'The passkey is not one of this account, was removed, or the page was left open too long.',
    advice: 'Please go back and try once more, or sign in with Zalo.',
  },
  passkey_unusable: {
    title: 'The passkey does not work at the moment',
    text: 'It is the right passkey, but the account has to be verified again first.',
    advice: 'Please go back, sign in with Zalo, and verify again with VNeID or the card.',
  },
  handle_unusable: {
    title: 'This link no longer works',
    text: 'A link opened from the app works once, within a minute, on the device where it was pressed.',
    advice:
      'Go back to the app inside Zalo and press the button again. Do not open links that others send you.',
  },
  handle_other_account: {
    title: 'Not the account that opened this page',
    text: 'This page was opened for another Zalo account than the one that just signed in, so it was stopped.',
    advice: 'If somebody sent you this link, do not follow it. To use the app, open it in your own Zalo.',
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
      'Please sign in with that account. If it is not yours, take your identity card to your commune or ward office.',
  },
  verification_refused: {
    title: 'Not verified yet',
    text: 'What was sent is not enough to verify who you are.',
    advice: goToCommune,
  },
  forbidden: {
    title: 'You have no right to do this',
    text: 'The officer account in use is not charged with this.',
    advice: 'If it is needed, please ask a supervisor for the right.',
  },
  unauthorized: {
    title: 'Not allowed in here',
    text: 'This is open only to people who are signed in, and to registered apps.',
    advice: tryAgainFromService,
  },
  busy: {
    title: 'Many people are here right now',
    text: 'Tây Ninh ID cannot keep up at the moment. You did nothing wrong, and nothing is lost.',
    advice: tryLater,
  },
  unanswered: {
    title: 'No answer came in time',
    text: 'A part of Tây Ninh ID did not answer. You did nothing wrong. What you just did may have been done, or not.',
    advice: 'Please wait a minute, look whether it was done, and try again if it was not.',
  },
  card_refused: {
    title: 'The chip could not be checked',
    text: 'The chip was read, but Tây Ninh ID could not check that the card is genuine. The reading may have been cut short, or the card may be of a new kind.',
    advice: `Please read it once more. If it still fails, never mind: ${goToCommuneToo}`,
  },
  card_expired: {
    title: 'The identity card has expired',
    text: 'The date on the identity card has passed, so it cannot be used to verify.',
    advice: 'Please get a new card from the commune or ward police, then come back to verify.',
  },
  card_other_person: {
    title: 'The card does not match the account',
    text: 'The name or number on the card just read differs from the account in use.',
    advice: `Please see whether it is the card of someone in your family. If it is your own, ${goToCommuneToo}`,
  },
  too_many_requests: {
    title: 'Very busy: please wait a minute',
    text: 'A great many requests came from your network at once, so Tây Ninh ID takes no more for a moment.',
    advice: 'Please wait a minute and try again. If it goes on, try another network.',
  },
  card_limit: {
    title: 'Tried many times: please rest a while',
    text: 'To keep you safe, Tây Ninh ID takes no more cards for a while after many tries that failed.',
    advice: `Please wait a while and try again. If it is urgent, ${goToCommuneToo}`,
  },
  card_not_configured: {
    title: 'Verifying with the card chip is not open yet',
    text: 'It is not yet possible to verify with the chip of an identity card here.',
    advice: 'Please use another way to verify, or come back later.',
  },
  reading_unknown: {
    title: 'This code was not found',
    text: 'The code you scanned or typed is wrong or out of date.',
    advice: 'Please look at the code on the first screen again, then scan or type it once more.',
  },
  reading_expired: {
    title: 'Reading the card took too long',
    text: 'The code for reading a card works for a few minutes only, and they are over.',
    advice: 'Please go back to the verification page and press the card button again for a new code.',
  },
  challenge_unusable: {
    title: 'This reading took too long',
    text: 'Too much time passed between start and end, or this reading was already sent.',
    advice: 'Please read the card again from the start, with the card ready beside the phone.',
  },
  scan_unreadable: {
    title: 'The chip was not read whole',
    text: 'Only a part was read, most often because the card moved. This does not count as a failed try.',
    advice:
      'Please hold the card flat against the back of the phone, keep it still until the phone says it is done, and try again.',
  },
  scan_replayed: {
    title: 'This reading has been used',
    text: 'Each reading of the chip can be sent only once, so that nobody can use it again in your name.',
    advice: 'Please read the card once more.',
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
};
