/** The same-person guard: how Vietnamese names are written, and what is a different name. */
import { describe, expect, it } from 'vitest';
import { compareNames } from '../../src/verification/same-person.ts';

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
