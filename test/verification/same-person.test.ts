/** The same-person guard: how Vietnamese names are written, and what is a different name. */
import { describe, expect, it } from 'vitest';
import { compareNames, markNames } from '../../src/verification/same-person.ts';

describe('the name of level1 against the card', () => {
  it.each([
    ['Nguyễn Văn An', 'Nguyễn Văn An'],
    ['Nguyễn Văn An'.normalize('NFD'), 'Nguyễn Văn An'],
    ['nguyen van an', 'Nguyễn Văn An'],
    ['NGUYỄN VĂN AN', 'NGUYEN VAN AN'],
    ['An Nguyễn', 'Nguyễn Văn An'],
    ['An', 'Nguyễn Văn An'],
    ['Bà Bảy', 'Lê Thị Bảy'],
    ['Đượm', 'Đượm'],
    ['Duom', 'Đượm'],
    ['Nguyễn Thị Hoà', 'Nguyễn Thị Hòa'],
    ['Thuỷ Tiên 🌸', 'Trần Thủy Tiên'],
    ['Chu Thị Bà', 'Chu Thị Bà'],
  ])('%s is a name of %s', (known, official) => {
    expect(compareNames(known, official)).toBe('match');
  });

  it.each([
    ['Trần Thị Bình', 'Nguyễn Văn An'],
    ['Huỳnh Song Tuấn', 'Huỳnh Song Toàn'],
    ['Nguyễn Văn Ân', 'Nguyễn Văn An'.replace('An', 'Ẩn')],
    ['Nguyễn Văn', 'Nguyễn Văn An'],
    ['An An', 'Nguyễn Văn An'],
    ['Cô Chủ Tiệm', 'Nguyễn Văn An'],
    ['Nguyễn Văn An Bình', 'Nguyễn Văn An'],
  ])('%s is no name of %s', (known, official) => {
    expect(compareNames(known, official)).toBe('differs');
  });

  it.each([[undefined], [''], ['🌸🌸'], ['12345']])('%s says nothing', (known) => {
    expect(compareNames(known, 'Nguyễn Văn An')).toBe('unknown');
  });
});

describe('the two names beside each other', () => {
  /** What differs stands in brackets. */
  const show = (known: string | undefined, official: string) => {
    const { known: one, official: other } = markNames(known, official);
    const write = (words: typeof one) => words.map(({ text, same }) => (same ? text : `[${text}]`)).join(' ');
    return [write(one), write(other)];
  };

  it.each([
    ['Nguyễn Văn An', 'Nguyễn Văn An', 'Nguyễn Văn An', 'Nguyễn Văn An'],
    ['an nguyen', 'Nguyễn Văn An', 'an nguyen', 'Nguyễn [Văn] An'],
    ['Huỳnh Song Tuấn', 'Huỳnh Song Toàn', 'Huỳnh Song [Tuấn]', 'Huỳnh Song [Toàn]'],
    // A form of address and a picture differ from nothing.
    ['Bà Bảy', 'Lê Thị Bảy', 'Bà Bảy', '[Lê] [Thị] Bảy'],
    ['Bé Na 🌸 shop', 'Nguyễn Thị Ly Na', '[Bé] Na 🌸 [shop]', '[Nguyễn] [Thị] [Ly] Na'],
    // Each word once.
    ['An An', 'Nguyễn Văn An', 'An [An]', '[Nguyễn] [Văn] An'],
    ['Nguyễn Thị Hoà'.normalize('NFD'), 'Nguyễn Thị Hòa', 'Nguyễn Thị Hoà', 'Nguyễn Thị Hòa'],
    [undefined, 'Đượm', '', '[Đượm]'],
  ])('%s, %s', (known, official, one, other) => {
    expect(show(known, official)).toEqual([one, other]);
  });
});
