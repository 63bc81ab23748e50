/**
 * The test people: every one invented, numbers and phones included. The ordinary ones first, then the hard cases that
 * Zalo, VNeID and a card can show. `id` is what scripts send as `person`; docs/sandbox.md says what each one is for.
 */
export type Person = {
  id: string;
  fullName: string;
  /** A number above 2^53 as text: neighbours become equal when somebody makes a Number of them. */
  zaloId: string;
  zaloName: string;
  /** YYYY-MM-DD. */
  birthDate: string;
  /** As VNeID states it: 12 digits for the sound ones. */
  personalNumber: string;
  /** As Zalo states it, 84…; undefined: the person does not give it to the Mini App. */
  phone: string | undefined;
  /** The subject at VNeID. Two rows with the same one are one person with two Zalo accounts. */
  vneidId: string;
  /** At VNeID: a citizen, an organisation (LoaiTaiKhoan 2), or an account that is locked. */
  vneidAccount: 'citizen' | 'organisation' | 'locked';
  /** Zalo's is_sensitive: a child, a deceased person, somebody under protection. */
  sensitive: boolean;
  /** What is wrong with the card this person carries (card-office.ts). */
  cardFlaw: 'cloned' | 'expired' | undefined;
  purpose: string;
};

type Row = Pick<Person, 'id' | 'fullName' | 'birthDate' | 'personalNumber' | 'purpose'> & Partial<Person>;

const rows: Row[] = [
  {
    id: 'an',
    fullName: 'Nguyễn Văn An',
    birthDate: '1990-03-15',
    personalNumber: '072090000101',
    purpose: 'Nam, sinh trước năm 2000. Người bình thường, dùng trong hầu hết ví dụ.',
  },
  {
    id: 'binh',
    fullName: 'Trần Thị Bình',
    birthDate: '1985-11-02',
    personalNumber: '072185000102',
    purpose: 'Nữ, sinh trước năm 2000. Số điện thoại cũ của chị nay là của Cường.',
  },
  {
    id: 'bay',
    fullName: 'Lê Thị Bảy',
    birthDate: '1948-06-20',
    personalNumber: '080148000103',
    zaloName: 'Bà Bảy',
    purpose: 'Cụ bà, thẻ không thời hạn, quê Long An cũ.',
  },
  {
    id: 'khanh',
    fullName: 'Phạm Gia Khánh',
    birthDate: '2004-01-31',
    personalNumber: '072204000104',
    purpose: 'Nam, sinh sau năm 2000 (chữ số thế kỷ 2).',
  },
  {
    id: 'my',
    fullName: 'Võ Ngọc Mỹ',
    birthDate: '2007-09-09',
    personalNumber: '080307000105',
    purpose: 'Nữ, sinh sau năm 2000 (chữ số thế kỷ 3).',
  },
  {
    id: 'an-2',
    fullName: 'Nguyễn Văn An',
    birthDate: '1990-03-15',
    personalNumber: '072090000101',
    zaloName: 'An Nguyễn (số 2)',
    vneidId: 'vneid-an',
    purpose: 'Trùng số định danh: tài khoản Zalo thứ hai của chính An, VNeID và thẻ là một.',
  },
  {
    id: 'duom',
    fullName: 'Đượm',
    birthDate: '1979-04-04',
    personalNumber: '072179000106',
    purpose: 'Tên chỉ có một chữ, không có họ.',
  },
  {
    id: 'toan',
    fullName: 'Huỳnh Song Toàn',
    birthDate: '1998-08-08',
    personalNumber: '072098000201',
    purpose: 'Sinh đôi với Tuấn: cùng ngày sinh, số định danh liền nhau.',
  },
  {
    id: 'tuan',
    fullName: 'Huỳnh Song Tuấn',
    birthDate: '1998-08-08',
    personalNumber: '072098000202',
    purpose: 'Sinh đôi với Toàn: cùng ngày sinh, số định danh liền nhau.',
  },
  {
    id: 'na',
    fullName: 'Nguyễn Thị Ly Na',
    birthDate: '1995-12-24',
    personalNumber: '072195000107',
    zaloName: 'Bé Na 🌸 <b>shop</b>',
    purpose: 'Tên trên Zalo khác hẳn tên ở VNeID (có biểu tượng và dấu ngoặc).',
  },
  {
    id: 'thuong',
    fullName: 'Đỗ Thị Thương',
    birthDate: '1968-02-29',
    personalNumber: '072168000113',
    zaloName: 'Đỗ Thị Thương'.normalize('NFD'),
    phone: undefined,
    purpose: 'Không cho Mini App số điện thoại; tên trên Zalo ở dạng Unicode tách dấu (NFD).',
  },
  {
    id: 'cuong',
    fullName: 'Mai Xuân Cường',
    birthDate: '2001-07-17',
    personalNumber: '080201000112',
    phone: '84900000102',
    purpose: 'Số điện thoại tái cấp: trước đây là của Bình.',
  },
  {
    id: 'hop-tac-xa',
    fullName: 'Đặng Quốc Hưng',
    birthDate: '1975-05-19',
    personalNumber: '072075000108',
    vneidAccount: 'organisation',
    purpose: 'VNeID tổ chức (LoaiTaiKhoan 2), số định danh của người đại diện: không lên được level2.',
  },
  {
    id: 'so-thieu',
    fullName: 'Bùi Văn Thiếu',
    birthDate: '1992-10-10',
    personalNumber: '07209200010',
    purpose: 'VNeID trả số định danh chỉ có 11 chữ số.',
  },
  {
    id: 'so-sai',
    fullName: 'Hồ Thị Sai',
    birthDate: '1993-01-01',
    personalNumber: '003193000109',
    purpose: 'VNeID trả số định danh không thể có: không có mã tỉnh 003.',
  },
  {
    id: 'nhi',
    fullName: 'Trịnh Bảo Nhi',
    birthDate: '2014-06-01',
    personalNumber: '080314000110',
    sensitive: true,
    purpose: 'Người được bảo vệ (trẻ em): Zalo trả is_sensitive.',
  },
  {
    id: 'tho',
    fullName: 'Cao Văn Thọ',
    birthDate: '1939-03-03',
    personalNumber: '072039000111',
    sensitive: true,
    vneidAccount: 'locked',
    purpose: 'Đã mất: Zalo trả is_sensitive, VNeID khóa tài khoản và từ chối.',
  },
  {
    id: 'the-het-han',
    fullName: 'Dương Văn Lâu',
    birthDate: '1984-05-05',
    personalNumber: '072084000114',
    cardFlaw: 'expired',
    purpose: 'Thẻ hết hạn từ hôm qua; VNeID vẫn bình thường.',
  },
  {
    id: 'the-sao-chep',
    fullName: 'Lý Thị Sao',
    birthDate: '1991-10-20',
    personalNumber: '072191000115',
    cardFlaw: 'cloned',
    purpose: 'Chip sao chép: dữ liệu thật, nhưng chip không có khóa của thẻ thật.',
  },
];

export const people: readonly Person[] = rows.map((row, index) => ({
  zaloId: String(5160000000000000101n + BigInt(index)),
  zaloName: row.fullName,
  phone: String(84900000101 + index),
  vneidId: `vneid-${row.id}`,
  vneidAccount: 'citizen',
  sensitive: false,
  cardFlaw: undefined,
  ...row,
}));

export function findPerson(id: string | null | undefined): Person | undefined {
  return people.find((person) => person.id === id);
}
