import { readdirSync, readFileSync } from 'node:fs';
import * as asn1js from 'asn1js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BerElement,
  BerError,
  childrenOf,
  contentOf,
  openElement,
  rawOf,
  readElement,
  readWhole,
} from '../../src/icao/ber.ts';
import {
  encodeAsDer,
  encodeDer,
  encodeUnsigned,
  readBits,
  readOctets,
  readOid,
  readSmallInteger,
  readText,
  readUnsigned,
} from '../../src/icao/ber-values.ts';
import { readTime, startOfVietnamDay, vietnamDay } from '../../src/icao/times.ts';
import { indefinite, integer, octets, oid } from '../support/card-factory-der.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const folder = new URL('../fixtures/icao/', import.meta.url);
const fixtures = ['sod/', 'csca/', 'aa/'].flatMap((path) =>
  readdirSync(new URL(path, folder))
    .filter((name) => /\.(?:bin|der)$/.test(name))
    .map((name) => ({ name, bytes: readFileSync(new URL(path + name, folder)) })),
);

describe('reading BER', () => {
  // A second opinion: the tree asn1js sees is the tree we see.
  it.each(fixtures)('sees in $name what asn1js sees', ({ bytes }) => {
    const parsed = asn1js.fromBER(bytes);
    expect(parsed.offset).toBe(bytes.length);
    compare(readWhole(bytes), parsed.result);
  });

  function compare(ours: BerElement, theirs: asn1js.AsnType) {
    expect(Buffer.compare(rawOf(ours), Buffer.from(theirs.valueBeforeDecodeView))).toBe(0);
    if (!(theirs instanceof asn1js.Constructed)) return;
    const children = childrenOf(ours);
    expect(children).toHaveLength(theirs.valueBlock.value.length);
    for (const [index, child] of children.entries()) {
      const other = theirs.valueBlock.value[index];
      if (other) compare(child, other as asn1js.AsnType);
    }
  }

  it('knows tags of two and three octets and lengths of every form', () => {
    expect(readWhole(hex('5f1f 01 41'))).toMatchObject({ tag: 0x5f1f, constructed: false });
    expect(readWhole(hex('7f61 02 0500'))).toMatchObject({ tag: 0x7f61, constructed: true });
    expect(readWhole(hex('7f8161 02 0500'))).toMatchObject({ tag: 0x7f8161 });
    for (const length of ['01', '8101', '820001', '83000001', '8400000001']) {
      expect(contentOf(readWhole(hex(`04 ${length} 41`)))).toEqual(Buffer.from('A'));
    }
  });

  it('ends indefinite lengths where they end', () => {
    const inner = indefinite(0x30, integer(1), indefinite(0x31, integer(2)));
    const element = readElement(Buffer.concat([inner, integer(3)]));
    expect(element.end).toBe(inner.length);
    expect(childrenOf(element)).toHaveLength(2);
  });

  it.each([
    ['nothing', ''],
    ['half a tag', '5f'],
    ['a tag of four octets', '7f818101 00'],
    ['no length', '04'],
    ['a length that is cut', '0482 01'],
    ['a length of five octets', '0485 0000000001 41'],
    ['less content than said', '0402 41'],
    ['a primitive of indefinite length', '0480 0000'],
    ['no end of contents', '3080 0500'],
    ['half an end of contents', '3080 0500 00'],
    ['an end of contents on its own', '0000'],
    ['a child larger than its parent', '3003 0402 4142'],
  ])('refuses %s', (_name, bytes) => {
    expect(() => childrenOf(readWhole(hex(bytes)))).toThrow(BerError);
  });

  it('refuses depth, number and surplus beyond the limits', () => {
    let deep: Buffer = integer(1);
    for (let level = 0; level < 40; level += 1) deep = indefinite(0x30, deep);
    expect(() => readWhole(deep)).toThrow('nested too deep');
    expect(() => readWhole(indefinite(0x30, Buffer.alloc(60_000, hex('0500'))))).toThrow('too many elements');
    expect(() => childrenOf(readWhole(encodeDer(0x30, integer(1), integer(2))), 1)).toThrow(
      'too many elements',
    );
    expect(() => readWhole(Buffer.concat([integer(1), integer(2)]))).toThrow('surplus');
    expect(() => openElement(readWhole(integer(1)))).toThrow('primitive');
  });

  it('throws nothing but BerError on any bytes, and never reaches outside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          walk(readElement(bytes), bytes.length, 0);
        } catch (error) {
          expect(error).toBeInstanceOf(BerError);
        }
      }),
    );
  });

  function walk(element: BerElement, limit: number, depth: number) {
    expect(element.end).toBeLessThanOrEqual(limit);
    expect(element.contentEnd).toBeLessThanOrEqual(element.end);
    if (element.constructed && depth < 30)
      for (const child of childrenOf(element)) walk(child, element.contentEnd, depth + 1);
  }
});

describe('values', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.constantFrom(0x04, 0x30, 0x7f61, 0x5f1f),
        (content, tag) => {
          const element = readWhole(encodeDer(tag, content));
          expect(element.tag).toBe(tag);
          expect(Buffer.compare(contentOf(element), content)).toBe(0);
          const number = readUnsigned(readWhole(encodeUnsigned(content)));
          expect(Buffer.from(number).toString('hex')).toBe(
            Buffer.from(content)
              .toString('hex')
              .replace(/^(?:00)+(?=..)/, ''),
          );
        },
      ),
    );
  });

  it('rewrites BER as DER', () => {
    const ber = indefinite(0x31, indefinite(0x24, octets(hex('41')), octets(hex('42'))), hex('028101 05'));
    expect(Buffer.from(encodeAsDer(readWhole(ber)))).toEqual(hex('3107 020105 04024142'));
  });

  it('reads object identifiers', () => {
    for (const text of ['2.23.136.1.1.1', '1.2.840.113549.1.1.10', '0.4.0.127.0.7.1.1.4.1.3', '2.999.3']) {
      const arcs = text.startsWith('2.999') ? hex('06038837 03') : oid(text);
      expect(readOid(readWhole(arcs))).toBe(text);
    }
    for (const bytes of ['0600', '060186', '0609 ffffffffffffffff7f', '0401 2a']) {
      expect(() => readOid(readWhole(hex(bytes)))).toThrow(BerError);
    }
  });

  it('reads numbers without minding sign octets', () => {
    expect(Buffer.from(readUnsigned(readWhole(hex('0203 0000d0')))).toString('hex')).toBe('d0');
    expect(Buffer.from(readUnsigned(readWhole(hex('0201 d0')))).toString('hex')).toBe('d0');
    expect(readSmallInteger(readWhole(hex('0202 0100')))).toBe(256);
    for (const bytes of ['0200', '0201 ff', '0203 010000']) {
      expect(() => readSmallInteger(readWhole(hex(bytes)))).toThrow(BerError);
    }
    expect(() => readBits(readWhole(hex('0302 0140')))).toThrow(BerError);
    expect(() => readOctets(readWhole(hex('0201 01')))).toThrow(BerError);
  });

  it('reads text in every string type', () => {
    const text = (tag: string, content: string) =>
      readText(readWhole(hex(tag + (content.length / 2).toString(16).padStart(2, '0') + content)));
    expect(text('0c', Buffer.from('Tây Ninh').toString('hex'))).toBe('Tây Ninh');
    expect(text('14', '4de9')).toBe('Mé');
    expect(text('1e', '0054006e')).toBe('Tn');
    expect(text('13', '56 4e'.replace(' ', ''))).toBe('VN');
    expect(() => text('04', '41')).toThrow(BerError);
  });
});

describe('times', () => {
  const time = (text: string) => readTime(readWhole(encodeDer(0x17, Buffer.from(text))));

  it('reads both forms, with and without seconds and zone', () => {
    expect(time('230131080402Z')).toBe(Date.UTC(2023, 0, 31, 8, 4, 2));
    expect(time('990131080402Z')).toBe(Date.UTC(1999, 0, 31, 8, 4, 2));
    expect(time('20550131080402Z')).toBe(Date.UTC(2055, 0, 31, 8, 4, 2));
    expect(time('2301310804Z')).toBe(Date.UTC(2023, 0, 31, 8, 4));
    expect(time('20230131080402.5Z')).toBe(Date.UTC(2023, 0, 31, 8, 4, 2));
    expect(time('230131080402+0700')).toBe(Date.UTC(2023, 0, 31, 1, 4, 2));
    expect(time('230131080402-0130')).toBe(Date.UTC(2023, 0, 31, 9, 34, 2));
  });

  it.each(['', 'x', '231331080402Z', '230231080402Z', '230131250402Z', '2301310804021Z', '9'.repeat(60)])(
    'refuses %j',
    (text) => {
      expect(() => time(text)).toThrow(BerError);
    },
  );

  it('knows the day in Viet Nam', () => {
    expect(vietnamDay(Date.parse('2026-06-01T16:59:59Z'))).toBe('2026-06-01');
    expect(vietnamDay(Date.parse('2026-06-01T17:00:00Z'))).toBe('2026-06-02');
    expect(startOfVietnamDay('2026-06-02')).toBe(Date.parse('2026-06-01T17:00:00Z'));
    expect(startOfVietnamDay('2026-02-30')).toBeUndefined();
  });
});
