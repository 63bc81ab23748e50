import type { Messages } from './vi.ts';

export const cardPhoto: Messages['cardPhoto'] = {
  title: 'Take a photo of your face',
  againTitle: 'Take the photo again',
  lead: 'An officer holds it beside the picture in your card, to be sure it is you. With a photo you can be verified from here.',
  points: [
    'Look straight into the camera, the whole face clear, in good light.',
    'Take off mask, dark glasses and hat.',
    'Photograph yourself. A picture of a paper or a screen cannot be used.',
  ],
  field: 'Photo of your face',
  fieldHint: 'Press to open the camera. At most 5 MB.',
  consent:
    'By pressing the button below you allow Tây Ninh ID to use this photo of your face (sensitive personal data) for this verification only. The officer who has your case looks at it, not a machine. It is kept sealed and deleted after 90 days at the latest.',
  submit: 'Agree and send the photo',
  skip: 'No photo, I will go to the commune',
  skipHint:
    'You do not have to. Without a photo, bring your card to the one-stop desk of your commune: the officer there sees you.',
  link: 'Take a photo for the officer',
  linkAgain: 'Take the photo again',
  sent: 'The officer has your photo.',
  missing: 'To be verified from here, add a photo of your face. Or bring your card to the commune.',
  asked: {
    photo_missing: 'The officer needs a photo of your face.',
    photo_unclear: 'The last photo did not show your face clearly. Please take it again, in good light.',
    portrait_unreadable: 'The picture in the card could not be seen. Please read the card once more.',
    come_to_desk:
      'The officer needs to see you. Please bring your card to the one-stop desk of your commune.',
  },
  refused: {
    another_face:
      'The last verification was refused: to the officer your photo and the picture in the card did not look alike.',
    not_live: 'The last verification was refused: the photo was a picture of a picture.',
    misuse_suspected:
      'The last verification was refused: the officer was not sure that this is the holder of the card.',
  },
  refusedAdvice: 'You can try again, or bring your card to the one-stop desk of your commune.',
  faults: {
    none: 'There is no photo yet. Press the field below to take one.',
    not_a_photo: 'This file is no JPEG or PNG picture, or it is broken. Please take it again.',
    too_large: 'The photo is larger than 5 MB. Use the front camera, or choose a smaller size.',
  },
};
