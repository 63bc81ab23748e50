import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { parse } from 'mrz';
import { describe, expect, it } from 'vitest';
import { readElement } from '../../src/icao/ber.ts';
import { countryOfState } from '../../src/icao/countries.ts';
import { curves, findCurve } from '../../src/icao/curves.ts';
import { readDg1 } from '../../src/icao/dg1.ts';
import { readPortrait } from '../../src/icao/dg2.ts';
import { readDg13 } from '../../src/icao/dg13.ts';
import { readDg14 } from '../../src/icao/dg14.ts';
import { readCommonData } from '../../src/icao/lds.ts';
import { readTrustFiles } from '../../src/icao/trust-files.ts';
import { citizen } from '../support/card-factory.ts';
import {
  context,
  der,
  integer,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  utf8,
} from '../support/card-factory-der.ts';
import {
  makeCom,
  makeDg1,
  makeDg2,
  makeDg13,
  makeDg14,
  makeZone,
  printedFields,
  tinyJpeg,
} from '../support/card-factory-files.ts';

describe('EF.COM', () => {
  it('lists what a real card lists', () => {
    const numbers = [1, 2, 3, 13, 14, 15];
    expect(readCommonData(makeCom(numbers))).toEqual({
      ldsVersion: '0108',
      unicodeVersion: '040000',
      dataGroups: numbers,
    });
    expect(readCommonData(Buffer.from('600100', 'hex'))).toBeUndefined();
  });
});

describe('DG1', () => {
  it('reads the zone of the made-up citizen, as the mrz package does', () => {
    const zone = makeZone(citizen);
    expect(zone).toBe(
      'IDVNM0900001233072090000123<<69001158M3001156VNM<<<<<<<<<<<4NGUYEN<<VAN<AN<<<<<<<<<<<<<<<<',
    );
    const read = readDg1(makeDg1(zone));
    expect(read).toMatchObject({
      surname: 'NGUYEN',
      givenNames: 'VAN AN',
      documentNumber: '090000123',
      sex: 'male',
    });
    expect(parse(read.lines).valid).toBe(true);
  });

  it('reads passports: the specimens of Doc 9303-4 and 9303-6', () => {
    const passport =
      'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10';
    expect(readDg1(makeDg1(passport))).toMatchObject({
      format: 'TD3',
      documentCode: 'P',
      givenNames: 'ANNA MARIA',
    });
    const card = 'I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6';
    expect(readDg1(makeDg1(card))).toMatchObject({
      format: 'TD2',
      documentNumber: 'D23145890',
      issuingState: 'UTO',
    });
  });

  it('refuses a zone with any digit changed', () => {
    const zone = makeZone(citizen);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 9 }), (index, digit) => {
        const changed = zone.slice(0, index) + digit + zone.slice(index + 1);
        // Issuing state, sex and nationality are letters no check digit covers; the CCCD's own rules look at them.
        const unprotected = index < 5 || index === 37 || (index >= 45 && index < 48);
        // A filler counts as 0 (Doc 9303-3 §4.9), so no check digit tells the two apart.
        const sameWeight = zone[index] === '<' && digit === 0;
        if (changed === zone || unprotected || sameWeight) return;
        expect(() => readDg1(makeDg1(changed))).toThrow('mrz_invalid');
      }),
    );
  });
});

describe('DG2', () => {
  const portraitOf = (bytes: Buffer) => {
    const result = readPortrait(bytes);
    return result.verified ? result.portrait : result.reason;
  };

  it('finds a JPEG and a JPEG 2000 in an ISO 19794-5 record', () => {
    expect(portraitOf(makeDg2())).toMatchObject({
      container: 'iso-19794-5',
      format: 'jpeg',
      image: tinyJpeg,
    });
    const jp2 = Buffer.from('0000000c6a5020200d0a870a00000014', 'hex');
    expect(portraitOf(makeDg2(jp2))).toMatchObject({ format: 'jpeg2000', image: jp2 });
    expect(portraitOf(makeDg2(Buffer.from('ff4fff5100', 'hex')))).toMatchObject({ format: 'jpeg2000' });
  });

  it('finds the image in an ISO 39794-5 block', () => {
    const image = context(0, der(0x80, tinyJpeg), context(1, der(0x80, Buffer.of(2))));
    const representation = sequence(der(0x80, Buffer.of(1)), context(1, context(0, image)));
    const block = der(0x65, context(0, der(0x80, Buffer.of(3))), context(1, representation));
    const bytes = der(0x75, der(0x7f61, integer(1), der(0x7f60, der(0xa1), der(0x7f2e, block))));
    expect(portraitOf(bytes)).toMatchObject({ container: 'iso-39794-5', format: 'jpeg', image: tinyJpeg });
  });

  it('refuses what holds no image', () => {
    expect(portraitOf(makeDg2(Buffer.from('GIF89a')))).toBe('dg_malformed');
    expect(portraitOf(makeDg2(Buffer.alloc(0)))).toBe('dg_malformed');
    expect(portraitOf(der(0x75, der(0x7f61, integer(0))))).toBe('dg_malformed');
    expect(portraitOf(makeDg1(makeZone(citizen)))).toBe('dg_malformed');
    const lying = Buffer.from(makeDg2());
    lying.writeUInt32BE(0xffffffff, lying.indexOf('FAC\0') + 8);
    expect(portraitOf(lying)).toBe('dg_malformed');
  });

  it('never throws', () => {
    const right = makeDg2();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: right.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        (index, value) => {
          const changed = Buffer.from(right);
          changed.writeUInt8(value, index);
          expect(['string', 'object']).toContain(typeof portraitOf(changed));
        },
      ),
    );
  });
});

describe('DG13', () => {
  it('reads the fields three independent readers agree on', () => {
    expect(readDg13(makeDg13(printedFields(citizen)))).toMatchObject({
      state: 'read',
      data: {
        personalNumber: '072090000123',
        fullName: 'Nguyễn Văn An',
        birthDate: '1990-01-15',
        sex: 'male',
        issueDate: '2025-03-10',
        expiryDate: '2030-01-15',
        placeOfOrigin: 'Trảng Bàng, Tây Ninh',
        father: 'Cha Thử Nghiệm',
        mother: 'Mẹ Thử Nghiệm',
      },
    });
  });

  it('takes dates without slashes, PrintableString, and cards without expiry', () => {
    const entry = (number: number, text: Buffer) => sequence(integer(number), text);
    const fields = setOf(
      entry(1, printable('072090000123')),
      entry(3, printable('15011990')),
      entry(12, utf8('Không thời hạn')),
    );
    const bytes = der(0x6d, sequence(integer(1), oid('1.0.10646.1.0.8'), fields));
    expect(readDg13(bytes)).toEqual({
      state: 'read',
      data: { personalNumber: '072090000123', birthDate: '1990-01-15', unlimited: true },
    });
  });

  it('is absent or opaque without being a failure', () => {
    expect(readDg13(undefined)).toEqual({ state: 'absent' });
    const twice = setOf(sequence(integer(1), utf8('a')), sequence(integer(1), utf8('b')));
    for (const bytes of [
      Buffer.alloc(0),
      der(0x6d, octets(Buffer.alloc(40, 0x99))),
      der(0x6d, sequence(integer(1), oid('1.2.3'), setOf())),
      der(0x6d, sequence(integer(1), oid('1.0.10646.1.0.8'), setOf())),
      der(0x6d, sequence(integer(1), oid('1.0.10646.1.0.8'), twice)),
    ]) {
      expect(readDg13(bytes)).toEqual({ state: 'opaque' });
    }
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(readDg13(bytes).state).toBe('opaque');
      }),
    );
  });
});

describe('DG14', () => {
  it('states the hash of Active Authentication once, or not at all', () => {
    expect(readDg14(makeDg14('sha384'))).toMatchObject({
      activeAuthenticationHash: 'sha384',
      chipAuthentication: true,
    });
    expect(readDg14(makeDg14('md5'))).toMatchObject({ activeAuthenticationHash: 'unknown' });
    const info = (hash: number) =>
      sequence(oid('2.23.136.1.1.5'), integer(1), oid(`0.4.0.127.0.7.1.1.4.1.${hash}`));
    expect(readDg14(der(0x6e, setOf(info(3), info(2))))).toBeUndefined();
    expect(readDg14(Buffer.from('6e03020101', 'hex'))).toBeUndefined();
  });
});

describe('the curves', () => {
  it.each(curves)('$name is what OpenSSL means by it, named and explicit', ({ name, oid: id }) => {
    for (const paramEncoding of ['named', 'explicit'] as const) {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: name, paramEncoding });
      const info = readElement(publicKey.export({ type: 'spki', format: 'der' }));
      const algorithm = readElement(info.source, info.contentStart);
      const type = readElement(info.source, algorithm.contentStart);
      expect(findCurve(readElement(info.source, type.end))).toMatchObject({ name, oid: id });
    }
  });

  it('are not found when any parameter differs', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' });
    const info = publicKey.export({ type: 'spki', format: 'der' });
    const start = info.indexOf(Buffer.from('06072a8648ce3d0101', 'hex')) + 9;
    // The seed explains the curve; every other octet of prime, coefficients, base point and order defines it.
    const seed = info.indexOf(Buffer.from('c49d360886e704936a6678e1139d26b7819f7e90', 'hex'));
    for (let index = start + 3; index < start + 240 && index < info.length - 70; index += 7) {
      if (index >= seed - 3 && index < seed + 20) continue;
      const changed = Buffer.from(info);
      changed.writeUInt8(changed.readUInt8(index) ^ 0x10, index);
      expect(findOrUndefined(changed)?.name).toBeUndefined();
    }
  });

  function findOrUndefined(bytes: Buffer) {
    try {
      const info = readElement(bytes);
      const algorithm = readElement(bytes, info.contentStart);
      const type = readElement(bytes, algorithm.contentStart);
      return findCurve(readElement(bytes, type.end));
    } catch {
      return undefined;
    }
  }
});

describe('countries', () => {
  it('are known by three letters and by two', () => {
    expect(['VNM', 'D', 'USA', 'XYZ', 'UTO', ''].map(countryOfState)).toEqual([
      'VN',
      'DE',
      'US',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('trust files', () => {
  it('of other names are left alone, and broken ones are not passed over', () => {
    const readme = { name: 'README.md', bytes: Buffer.from('hello') };
    expect(readTrustFiles([readme])).toMatchObject({
      verified: true,
      ignored: ['README.md'],
      trust: { anchors: [] },
    });
    expect(readTrustFiles([{ name: 'x.der', bytes: Buffer.from('hello') }])).toEqual({
      verified: false,
      reason: 'certificate_malformed',
    });
    expect(readTrustFiles([{ name: 'x.crl', bytes: Buffer.from('hello') }])).toMatchObject({
      reason: 'crl_malformed',
    });
  });
});
