/** The account pages that hold a list, a promise or a farewell; see samples.ts. */
import { accountClosePage, accountDataPage } from '../../views/account-leave.ts';
import { accountAskedPage, accountLedgerPage } from '../../views/account-ledger.ts';
import { accountServicesPage } from '../../views/account-list.ts';
import { accountNotMePage, accountReportedPage } from '../../views/account-not-me.ts';
import type { Sample } from './samples.ts';

const client = 'Cổng dịch vụ công tỉnh Tây Ninh';
const notMe = '/account/ledger/1234567/not-me';

export const ACCOUNT_SAMPLES: Sample[] = [
  {
    name: 'account-services',
    shows: 'accountServicesPage',
    render: (page, text) =>
      accountServicesPage({
        page,
        services: [
          {
            name: text(client),
            items: [text('Tên và ảnh đại diện'), text('Nộp hồ sơ thay mình')],
            refused: [text('Số điện thoại')],
            lines: [
              text('Đồng ý lúc 14:05 ngày 21/11/2026.'),
              text('Vào gần nhất lúc 08:11 ngày 24/11/2026.'),
            ],
            withdrawAction: text('/account/services/sandbox-web/withdraw'),
          },
        ],
      }),
  },
  {
    name: 'account-services-none',
    shows: 'accountServicesPage',
    render: (page) => accountServicesPage({ page, services: [] }),
  },
  {
    name: 'account-ledger',
    shows: 'accountLedgerPage',
    // As many as a page holds, and long ones.
    render: (page, text) =>
      accountLedgerPage({
        page,
        days: [5, 6, 4].map((entries, day) => ({
          day: text(`2${4 - day}/11/2026`),
          entries: Array.from({ length: entries }, (_, at) => ({
            time: text(`1${at}:05`),
            text: text(`Xác nhận đúng là mình với ${client}, bằng VNeID.`),
            notMeHref: text(notMe),
          })),
        })),
        askedHref: text('/account/ledger/asked'),
        olderHref: text('/account/ledger?before=1234567'),
        newestHref: text('/account/ledger'),
      }),
  },
  {
    name: 'account-ledger-none',
    shows: 'accountLedgerPage',
    render: (page, text) => accountLedgerPage({ page, days: [], askedHref: text('/account/ledger/asked') }),
  },
  {
    name: 'account-asked',
    shows: 'accountAskedPage',
    render: (page, text) =>
      accountAskedPage({
        page,
        days: [
          { day: text('24/11/2026'), lines: [text(`${client}: hỏi 12 lần`), text('Phản ánh: hỏi 2 lần')] },
        ],
        ledgerHref: text('/account/ledger'),
        olderHref: text('/account/ledger/asked?before=2026-10-24'),
      }),
  },
  {
    name: 'account-asked-none',
    shows: 'accountAskedPage',
    render: (page, text) => accountAskedPage({ page, days: [], ledgerHref: text('/account/ledger') }),
  },
  {
    name: 'account-not-me',
    shows: 'accountNotMePage',
    render: (page, text) =>
      accountNotMePage({
        page,
        entry: text(`Vào ${client}, bằng Zalo.`),
        when: text('14:05 ngày 21/11/2026'),
        action: text(notMe),
        cancelHref: text('/account/ledger'),
      }),
  },
  {
    name: 'account-reported',
    shows: 'accountReportedPage',
    render: (page, text) => accountReportedPage({ page, signInHref: text('/account') }),
  },
  {
    name: 'account-data',
    shows: 'accountDataPage',
    render: (page, text) => accountDataPage({ page, action: text('/account/data'), withheld: false }),
  },
  {
    name: 'account-data-withheld',
    shows: 'accountDataPage',
    render: (page, text) => accountDataPage({ page, action: text('/account/data'), withheld: true }),
  },
  {
    name: 'account-close',
    shows: 'accountClosePage',
    render: (page, text) =>
      accountClosePage({
        page,
        closeAction: text('/account/close'),
        keepAction: text('/account/close/keep'),
      }),
  },
  {
    name: 'account-closing',
    shows: 'accountClosePage',
    render: (page, text) =>
      accountClosePage({
        page,
        closeAction: text('/account/close'),
        keepAction: text('/account/close/keep'),
        closingAt: text('14:05 ngày 28/11/2026'),
      }),
  },
];
