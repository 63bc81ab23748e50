/** The files of a virtual card, with a picture of one pixel. */

import type { Der } from '../../src/sandbox/card-der.ts';
import { makeDg2 as makeDg2Of } from '../../src/sandbox/card-files.ts';

export * from '../../src/sandbox/card-files.ts';

/** A grey JPEG of one pixel: nobody's face. */
export const tinyJpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////' +
    '////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
  'base64',
);

export const makeDg2 = (image: Uint8Array = tinyJpeg): Der => makeDg2Of({ image, width: 1, height: 1 });
