/** The sentences of the step out of the Mini App, in English. */
import type { miniApp as source } from './vi-mini-app.ts';

export const miniApp: typeof source = {
  open: {
    asker: 'Opened from',
    stepUpTitle: 'Confirm that it is you',
    accountTitle: 'Open the account page',
    lead: 'This page was opened for one Zalo account. Please check that it is yours.',
    account: 'Zalo account',
    noName: 'Zalo gave no name',
    otherSignedIn: 'Another account is in use on this device. If you go on, it will be signed out.',
    submit: 'It is me, go on',
    cancel: 'It is not me',
    safety:
      'Go on only if you have just pressed the button on this device yourself. If somebody sent you this link, stop: they want to borrow your identity card.',
  },
  back: {
    doneTitle: 'Confirmed',
    done: (client) => `Now go back to ${client} and carry on.`,
    notDoneTitle: 'Not confirmed',
    notDone: (client) =>
      `Nothing has changed. Go back to ${client}; you can do this again whenever you need to.`,
    go: (client) => `Back to ${client}`,
    close: (client) => `Use the close or back button at the top of the screen to return to ${client}.`,
  },
};
