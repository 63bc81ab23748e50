/**
 * Everything that can go wrong between a card and the provider, each on demand: the `fault` field of the virtual
 * reader. Some are cards with a flaw (card-office.ts), some bend what was read, some are a matter of the procedure.
 */
import type { Flaw } from './card-office.ts';

/** What a reader has got from a chip, as bytes; what is missing is empty. */
export type ChipReading = {
  dataGroups: Map<number, Buffer>;
  com: Buffer;
  sod: Buffer;
  challenge: Buffer;
  answer: Buffer;
};

type Tools = {
  /** The files of somebody else's card. */
  other: ReadonlyMap<number, Buffer>;
  random: (bytes: number) => Buffer;
};

export type Fault = {
  label: string;
  /** The card is another one than the person's own. */
  flaw?: Flaw;
  /** Changes what was read before it is handed in. */
  bend?: (reading: ChipReading, tools: Tools) => void;
  /** `replayed`: hands in what was handed in last. `old-challenge`: asks for none and lets the chip sign another. */
  procedure?: 'replayed' | 'old-challenge';
};

const nothing = Buffer.alloc(0);
/** DG1 begins with two tags and two lengths; the third line of the zone, the name, is in no check digit. */
const NAME_AT = 5 + 60;

function change(reading: ChipReading, number: number, make: (file: Buffer) => Buffer): void {
  const file = reading.dataGroups.get(number);
  if (file) reading.dataGroups.set(number, make(file));
}

function renameHolder(file: Buffer): Buffer {
  const changed = Buffer.from(file);
  changed.write(changed.toString('latin1', NAME_AT, NAME_AT + 1) === 'X' ? 'Y' : 'X', NAME_AT, 'latin1');
  return changed;
}

function moveAway(reading: ChipReading): void {
  change(reading, 2, (file) => file.subarray(0, file.length >> 1));
  for (const number of [13, 14, 15]) reading.dataGroups.delete(number);
  reading.challenge = nothing;
  reading.answer = nothing;
}

function scramble(reading: ChipReading, random: Tools['random']): void {
  for (const [number, file] of reading.dataGroups) reading.dataGroups.set(number, random(file.length));
  reading.sod = random(reading.sod.length);
  reading.com = random(reading.com.length);
}

const NO_FAULT: Fault = { label: 'Không có lỗi' };

export const cardFaults: ReadonlyMap<string, Fault> = new Map<string, Fault>([
  ['none', NO_FAULT],
  ['cloned-chip', { label: 'chip sao chép: khóa AA không phải của thẻ', flaw: 'cloned' }],
  [
    'aa-skipped',
    {
      label: 'bỏ qua AA: không có câu trả lời của chip',
      bend: (reading) => {
        reading.challenge = nothing;
        reading.answer = nothing;
      },
    },
  ],
  ['dg15-left-out', { label: 'giấu DG15', bend: ({ dataGroups }) => void dataGroups.delete(15) }],
  [
    'dg-swapped',
    {
      label: 'DG2 (ảnh) của người khác',
      bend: (reading, { other }) => change(reading, 2, (file) => other.get(2) ?? file),
    },
  ],
  ['dg1-changed', { label: 'DG1 bị sửa tên', bend: (reading) => change(reading, 1, renameHolder) }],
  ['dg13-absent', { label: 'không đọc DG13', bend: ({ dataGroups }) => void dataGroups.delete(13) }],
  ['dg13-opaque', { label: 'DG13 đã mã hóa (thẻ 2024)', flaw: 'dg13-opaque' }],
  ['expired', { label: 'thẻ hết hạn', flaw: 'expired' }],
  ['unknown-csca', { label: 'CSCA tự làm, không ai tin', flaw: 'unknown-csca' }],
  ['passport-csca', { label: 'CSCA của hộ chiếu', flaw: 'passport-csca' }],
  ['tls-signer', { label: 'người ký là chứng thư TLS', flaw: 'tls-signer' }],
  ['sha1-signer', { label: 'ký bằng SHA-1', flaw: 'sha1-signer' }],
  ['moved-away', { label: 'rút thẻ khi chưa đọc xong', bend: moveAway }],
  ['replayed', { label: 'gửi lại lần đọc trước', procedure: 'replayed' }],
  ['old-challenge', { label: 'challenge cũ', procedure: 'old-challenge' }],
  [
    'surplus-bytes',
    {
      label: 'thừa byte sau DG1',
      bend: (reading) => change(reading, 1, (file) => Buffer.concat([file, Buffer.alloc(3)])),
    },
  ],
  ['huge-dg2', { label: 'DG2 lớn 300 KiB', flaw: 'huge-dg2' }],
  ['garbage', { label: 'byte ngẫu nhiên', bend: (reading, { random }) => scramble(reading, random) }],
]);

export function findCardFault(name: string | null | undefined): Fault {
  return cardFaults.get(name ?? 'none') ?? NO_FAULT;
}
