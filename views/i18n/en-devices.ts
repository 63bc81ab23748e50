/** Signing in on another device, and the way back by a form, in English. */
import type { devices as source } from './vi-devices.ts';

export const devices: typeof source = {
  enter: {
    title: 'Type the code on the screen',
    lead: 'The machine at the counter shows a code of 8 letters. Type it here to sign in there.',
    scannedTitle: 'The code was read',
    scannedLead: 'Compare it with the code on the machine. If they are the same, go on.',
    label: 'Code on the screen',
    submit: 'Continue',
    safety:
      'The code must be on the machine right in front of you. Never type a code that somebody sent or read to you.',
    faults: {
      unknown: 'That code is not right. Look at the screen and type it again.',
      expired: 'That code has expired. Ask the machine for a new one.',
      used: 'That code has been used. Ask the machine for a new one.',
      other: 'That did not work. Type the code on the screen again.',
    },
  },
  confirm: {
    asker: 'A machine wants to sign in to',
    title: 'Let this machine sign in?',
    lead: (app) => `It will use ${app} with your account.`,
    codeLabel: 'The screen of the machine must show exactly:',
    since: (when) => `It asked at ${when}.`,
    warnTitle: 'Beware of fraud',
    warn: 'Allow it only if the machine is right in front of you and shows this very code. If somebody sent you this code or link by phone, Zalo or message, do not allow it: they are trying to get into your account.',
    submit: 'This is the machine, allow it',
    abort: 'No, stop',
  },
  done: {
    title: 'Done',
    text: (app) => `Look at the other machine: ${app} goes on by itself. You may close this page.`,
    shared: 'On a shared machine, remember to sign out there when you are done.',
  },
  stopped: {
    title: 'Stopped',
    text: 'The other machine was not signed in, and that code no longer works.',
  },
  formPost: {
    title: 'Going back…',
    lead: 'If this page does not move on by itself, press the button.',
    submit: 'Continue',
  },
};
