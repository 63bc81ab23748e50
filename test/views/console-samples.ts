/** Every page of the console with props as a route would give them. `text` wraps what comes from outside, as in samples.ts. */
import { drawQr } from '../../src/http/qr.ts';
import { consoleHomePage } from '../../views/console-home.ts';
import type { ConsolePageProps } from '../../views/console-layout.ts';
import {
  consoleLinkPage,
  consoleNewOfficerPage,
  consoleOfficerPage,
  consoleOfficersPage,
} from '../../views/console-officers.ts';
import { consoleNewFactorPage, consoleOwnPage } from '../../views/console-own.ts';
import { consoleConfirmPage, consoleFactorPage, consoleSignInPage } from '../../views/console-sign-in.ts';
import { consoleGonePage, consoleWelcomePage } from '../../views/console-welcome.ts';
import { CONSOLE_DESK_SAMPLES } from './console-desk-samples.ts';
import { BOOK_SAMPLES } from './console-samples-books.ts';
import { LOOKING_SAMPLES } from './console-samples-looking.ts';

export type ConsoleSample = {
  name: string;
  shows: string;
  /** Without anybody signed in. */
  outside?: boolean;
  /** In KiB, where it may be larger than other pages: a chart with the table of its days. */
  largest?: number;
  render: (page: ConsolePageProps, text: (value: string) => string) => string;
};

export const PASSKEY_HREF = '/assets/console-passkey.js';

const officerName = 'Nguyễn Hoàng Thị Phương Thảo';
const at = '14:05 ngày 21/11/2026';
const link = 'https://id.tayninh.example/console/invitation/Vb3nQ0vJ6q2m8m1yJm0B3lq5nP7r9t1v3x5z7B9D1F3';
const recent = [
  { what: 'Đăng nhập.', when: at },
  { what: 'Có người gõ sai mật khẩu hoặc mã.', when: '08:12 ngày 20/11/2026' },
];
const withPasskey = { code: true, passkey: { options: '{"challenge":"x"}', scriptHref: PASSKEY_HREF } };
const newFactor = {
  qr: drawQr('otpauth://totp/T%C3%A2y%20Ninh%20ID:thao?issuer=T%C3%A2y%20Ninh%20ID&secret=JBSWY3DPEHPK3PXP'),
  secret: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PX2',
  sealed: 'AbCdEf',
  passkey: { options: '{"challenge":"x"}', scriptHref: PASSKEY_HREF },
};

const roleChoices = (text: (value: string) => string) => [
  {
    value: 'reviewer',
    label: text('Cán bộ duyệt hồ sơ'),
    hint: 'Xem xét và quyết định hồ sơ.',
    chosen: true,
  },
  { value: 'auditor', label: 'Cán bộ kiểm tra', hint: 'Chỉ xem.', chosen: false },
];
const communes = (text: (value: string) => string) => ({
  wholeProvince: true,
  list: ['Phường Tân Ninh', 'Phường Long Hoa', 'Xã Đức Hòa', 'Xã Mỹ Hạnh', 'Phường Trảng Bàng'].map(
    (label, index) => ({ value: String(99001 + index), label: text(label), chosen: index === 1 }),
  ),
});

export const CONSOLE_SAMPLES: ConsoleSample[] = [
  ...BOOK_SAMPLES,
  ...CONSOLE_DESK_SAMPLES,
  {
    name: 'console-sign-in',
    shows: 'consoleSignInPage',
    outside: true,
    render: (page, text) => consoleSignInPage({ page, to: text('/console/officers') }),
  },
  {
    name: 'console-sign-in-wrong',
    shows: 'consoleSignInPage',
    outside: true,
    render: (page, text) =>
      consoleSignInPage({ page, to: '/console', login: text('thao'), error: text('Chưa đúng.') }),
  },
  {
    name: 'console-factor',
    shows: 'consoleFactorPage',
    outside: true,
    render: (page, text) => consoleFactorPage({ page, to: text('/console'), factor: withPasskey }),
  },
  {
    name: 'console-factor-passkey-only',
    shows: 'consoleFactorPage',
    outside: true,
    render: (page) => consoleFactorPage({ page, to: '/console', factor: { ...withPasskey, code: false } }),
  },
  {
    name: 'console-confirm',
    shows: 'consoleConfirmPage',
    render: (page, text) =>
      consoleConfirmPage({
        page,
        factor: { code: true },
        action: '/console/officers',
        carried: text('AbCd'),
        error: text('Chưa đúng.'),
      }),
  },
  {
    name: 'console-welcome',
    shows: 'consoleWelcomePage',
    outside: true,
    render: (page, text) =>
      consoleWelcomePage({
        page,
        kind: 'invitation',
        name: text(officerName),
        login: text('thao.nguyen@tayninh.example'),
        role: text('Cán bộ duyệt hồ sơ'),
        action: text('/console/invitation/x'),
        asksNumber: true,
        newFactor,
        error: text('Mật khẩu này dễ đoán.'),
      }),
  },
  {
    name: 'console-gone',
    shows: 'consoleGonePage',
    outside: true,
    render: (page) => consoleGonePage({ page }),
  },
  {
    name: 'console-home',
    shows: 'consoleHomePage',
    render: (page, text) =>
      consoleHomePage({
        page,
        name: text(officerName),
        waiting: [
          {
            title: text('Hồ sơ đang chờ'),
            text: 'Lâu nhất từ hôm qua.',
            href: text('/console/queue'),
            count: '12',
          },
          { title: 'Mới có một lớp bảo vệ thứ hai', text: 'Thêm một khóa bảo mật.', href: '/console/own' },
        ],
        recent,
      }),
  },
  {
    name: 'console-home-calm',
    shows: 'consoleHomePage',
    render: (page) => consoleHomePage({ page, name: 'Đượm', waiting: [], recent }),
  },
  {
    name: 'console-own',
    shows: 'consoleOwnPage',
    render: (page, text) =>
      consoleOwnPage({
        page,
        done: text('Đã lưu lớp bảo vệ.'),
        login: text('thao.nguyen@tayninh.example'),
        factors: [
          {
            name: 'Ứng dụng xác thực',
            lines: ['Đặt ngày 21/11/2026.'],
            removeAction: text('/console/own/x'),
          },
          { name: text('Khóa bảo mật (Chrome · Windows)'), lines: [`Dùng gần nhất lúc ${at}.`] },
        ],
        newFactorHref: '/console/own/factor',
        passwordAction: '/console/own/password',
        declared: [
          { name: 'Chính mình', number: '••• ••• ••• 101', since: '21/11/2026' },
          { name: 'Người cùng hộ', number: text('••• ••• ••• 778'), since: '22/11/2026' },
        ],
        householdAction: '/console/own/household',
        recent,
        signOutOthersAction: '/console/own/sign-out-others',
      }),
  },
  {
    name: 'console-new-factor',
    shows: 'consoleNewFactorPage',
    render: (page, text) =>
      consoleNewFactorPage({
        page,
        newFactor,
        action: '/console/own/factor',
        backHref: '/console/own',
        error: text('Mã chưa đúng.'),
      }),
  },
  {
    name: 'console-officers',
    shows: 'consoleOfficersPage',
    render: (page, text) =>
      consoleOfficersPage({
        page,
        newHref: '/console/officers/new',
        recoveries: [
          {
            name: text('Phan Thị Hạnh'),
            login: 'hanh',
            asked: text(`Vương Thị Liên đề nghị lúc ${at}. Lý do: quên mật khẩu.`),
            action: '/console/recoveries/x',
            mayAgree: true,
            own: false,
          },
        ],
        officers: [
          {
            href: '/console/officers/x',
            name: text(officerName),
            login: text('thao.nguyen@tayninh.example'),
            role: 'Cán bộ duyệt hồ sơ',
            where: text('Phường Tân Ninh, Phường Long Hoa'),
            status: 'Đang làm việc',
            quiet: false,
          },
          {
            href: '/console/officers/y',
            name: 'Tô Minh Đạt',
            login: 'dat',
            role: 'Cán bộ phụ trách',
            where: 'Toàn tỉnh',
            status: 'Đã khóa',
            quiet: true,
          },
        ],
        nextHref: '/console/officers?after=thao',
      }),
  },
  {
    name: 'console-officer-new',
    shows: 'consoleNewOfficerPage',
    render: (page, text) =>
      consoleNewOfficerPage({
        page,
        action: '/console/officers',
        roles: roleChoices(text),
        communes: communes(text),
        backHref: '/console/officers',
        error: text('Tên đăng nhập này đã có người dùng.'),
      }),
  },
  {
    name: 'console-officer',
    shows: 'consoleOfficerPage',
    render: (page, text) =>
      consoleOfficerPage({
        page,
        name: text(officerName),
        facts: [
          { label: 'Tên đăng nhập', value: text('thao.nguyen@tayninh.example') },
          { label: 'Công việc', value: 'Cán bộ duyệt hồ sơ' },
          { label: 'Tình trạng', value: 'Đang làm việc' },
        ],
        declared: [
          { name: 'Chính mình', number: '••• ••• ••• 101', since: '21/11/2026' },
          { name: 'Người cùng hộ', number: '••• ••• ••• 778', since: '22/11/2026', removeAction: text('/x') },
        ],
        recent,
        backHref: '/console/officers',
        rights: { action: '/console/x/rights', roles: roleChoices(text), communes: communes(text) },
        suspendAction: '/console/x/suspend',
        recoveryAction: '/console/x/recovery',
        linkAction: '/console/x/link',
      }),
  },
  {
    name: 'console-officer-seen',
    shows: 'consoleOfficerPage',
    render: (page) =>
      consoleOfficerPage({
        page,
        name: 'Đượm',
        facts: [{ label: 'Tên đăng nhập', value: 'duom' }],
        declared: [],
        recent: [],
        backHref: '/console/officers',
        reinstateAction: '/console/x/reinstate',
      }),
  },
  {
    name: 'console-link',
    shows: 'consoleLinkPage',
    render: (page, text) =>
      consoleLinkPage({
        page,
        kind: 'recovery',
        name: text(officerName),
        link: text(link),
        backHref: '/console/officers',
      }),
  },
  ...LOOKING_SAMPLES,
];
