/** The sentences of PIN and passkey, in English. */
import type { factors as source } from './vi-factors.ts';

export const factors: typeof source = {
  pin: {
    label: 'PIN (6 digits)',
    again: 'The PIN once more',
    old: 'The PIN in use',
    submit: 'Confirm with the PIN',
    hint: 'The PIN that you set after you verified. Forgotten? Verify again with a way below, and set a new one.',
    wrong: 'That PIN is not right. Please try again.',
    locked: (minutes) =>
      `Too many wrong attempts, so it is locked for a while. Please wait ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, or choose another way below.`,
    faults: {
      not_six_digits: 'A PIN has exactly 6 digits.',
      repeated: 'This PIN repeats itself and is easily guessed. Please choose another.',
      in_order: 'These digits follow each other and are easily guessed. Please choose another.',
      birth_date: 'This PIN is the date of birth and is easily guessed. Please choose another.',
      phone: 'This PIN is part of the phone number and is easily guessed. Please choose another.',
      personal_number:
        'This PIN is part of the personal number and is easily guessed. Please choose another.',
      not_the_same_twice: 'The two entries differ. Please type it again.',
    },
  },
  passkey: {
    use: 'Sign in with a passkey',
    useToo: 'Have a passkey? Sign in with it',
    confirm: 'Confirm with a passkey',
    hint: 'The passkey in this device: touch the sensor, look at the screen, or enter the code that unlocks it, as always.',
    failed:
      'That did not work. Perhaps there is no passkey in this device, or it was cancelled. Please try again, or choose another way.',
    addHere: 'Set a passkey in this device',
    addHint:
      'Next time your fingerprint, your face or the code of the device is enough. Only on a device of your own: whoever can unlock it can use the passkey.',
    addFailed: 'The passkey was not set. Please try again, or choose another way.',
    called: 'A name that you will remember (may be empty)',
    title: 'Passkeys',
    none: 'No passkey is set. A passkey stays in a device and is opened by fingerprint, face or the code of the device.',
    add: 'Add a passkey in this device',
    rename: 'Rename this passkey',
    newName: 'New name',
    saveName: 'Save the name',
    renamed: 'The passkey has its new name.',
    remove: 'Remove this passkey',
    added: 'The passkey in this device is set.',
    confirmFirst: 'To add a passkey, first confirm again that it is you, so that nobody else can add one.',
    confirmNow: 'Confirm, to add a passkey',
    full: (most) => `There are ${most} passkeys already. To add one, remove one that is not used any more.`,
  },
  set: {
    title: 'Set a PIN for next time',
    lead: 'You are verified. Set a PIN of 6 digits: next time you only type it, and need not verify from the start.',
    submit: 'Set the PIN',
    later: 'Later',
    laterMeans: 'Later is fine. Next time an important matter comes up, verify again as you just did.',
    advice:
      'Choose one that you remember and your family would not guess. Never tell it to anyone, officers included.',
  },
  page: {
    title: 'PIN and passkeys',
    lead: 'To confirm that it is you when it matters, without verifying from the start.',
    pinTitle: 'PIN',
    none: 'Not set.',
    setAt: (when) => `Set at ${when}.`,
    usedAt: (when) => `Last used at ${when}.`,
    change: 'Change the PIN',
    remove: 'Remove the PIN',
    removeMeans: 'Without a PIN or a passkey, important matters ask you to verify from the start.',
    changed: 'The PIN is set.',
    removed: 'Removed.',
    forgot: 'Forgotten the PIN in use? Verify again, then set a new one.',
    proveAgain: 'Verify again',
    proveFirst: 'To set a PIN, first verify again, so that nobody else can set one.',
  },
};
