/**
 * Every page of views/ with props as a route would give them, once. A page without a sample here fails
 * pages.test.ts. `text` wraps each piece of text that comes from outside, so that the same table can be
 * rendered with hostile ones.
 */

import { type ErrorCode, errorStatus } from '../../src/errors.ts';
import { drawQr } from '../../src/http/qr.ts';
import { accountFactorsPage } from '../../views/account-factors.ts';
import { accountLeftPage } from '../../views/account-left.ts';
import { accountSessionsPage } from '../../views/account-list.ts';
import { accountNoticesPage } from '../../views/account-notices.ts';
import { accountOverviewPage } from '../../views/account-overview.ts';
import { cardHelperPage } from '../../views/card-helper.ts';
import { cardPhotoPage } from '../../views/card-photo.ts';
import { cardReadPage } from '../../views/card-read.ts';
import { cardWaitingPage } from '../../views/card-waiting.ts';
import { consentPage } from '../../views/consent.ts';
import { deviceCodePage } from '../../views/device-code.ts';
import { deviceConfirmPage } from '../../views/device-confirm.ts';
import { deviceDonePage } from '../../views/device-done.ts';
import { errorPage } from '../../views/error.ts';
import { formPostPage } from '../../views/form-post.ts';
import { homePage } from '../../views/home.ts';
import type { PageProps } from '../../views/layout.ts';
import { messagesFor } from '../../views/messages.ts';
import { miniAppBackPage, miniAppOpenPage } from '../../views/mini-app.ts';
import { setFactorPage } from '../../views/set-factor.ts';
import { signInPage } from '../../views/sign-in.ts';
import { signOutPage } from '../../views/sign-out.ts';
import { signedOutPage } from '../../views/signed-out.ts';
import { stepUpPage } from '../../views/step-up.ts';
import { ACCOUNT_SAMPLES } from './samples-account.ts';
import { DESK_SAMPLES } from './samples-desk.ts';

export type Sample = {
  /** Unique; also the path it is served at. */
  name: string;
  /** The exported function it shows. */
  shows: string;
  render: (page: PageProps, text: (value: string) => string) => string;
};

const client = 'Cổng dịch vụ công tỉnh Tây Ninh';
const at = (step: string) => `/interaction/V1StGXR8_Z5jdHi6B-myT/${step}`;
const since = '14:05 ngày 21/11/2026';
const code = 'K7M4-9PXW';
const appHref = 'https://smart.tayninh.example/doc-the?code=K7M4-9PXW&from=id';

export const CARD_WAIT_HREF = '/assets/card-wait.js';
export const PASSKEY_HREF = '/assets/passkey.js';

const passkey = (action: string, text: (value: string) => string) => ({
  action: text(action),
  optionsHref: text(`${action}/options`),
  scriptHref: text(PASSKEY_HREF),
});
export const FORM_POST_HREF = '/assets/form-post.js';

const QR = drawQr('https://id.tayninh.example/doc/K7M4-9PXW');

const errorCodes = Object.keys(errorStatus) as ErrorCode[];

export const SAMPLES: Sample[] = [
  {
    name: 'form-post',
    shows: 'formPostPage',
    render: (page, text) =>
      formPostPage({
        page,
        action: text('https://dichvucong.example/cb'),
        fields: [
          { name: text('code'), value: text('V1StGXR8_Z5jdHi6B-myT') },
          { name: text('state'), value: text('af0ifjsldkj') },
        ],
        scriptHref: text(FORM_POST_HREF),
      }),
  },
  {
    name: 'device-code',
    shows: 'deviceCodePage',
    render: (page, text) => deviceCodePage({ page, action: text('/device'), xsrf: text('5f3c') }),
  },
  {
    name: 'device-code-scanned',
    shows: 'deviceCodePage',
    render: (page, text) =>
      deviceCodePage({ page, action: text('/device'), xsrf: text('5f3c'), userCode: text('BCDF-GHJK') }),
  },
  {
    name: 'device-code-wrong',
    shows: 'deviceCodePage',
    render: (page, text) =>
      deviceCodePage({
        page,
        action: text('/device'),
        xsrf: text('5f3c'),
        userCode: text('BCDF-GHJK'),
        error: text(messagesFor(page.lang).devices.enter.faults.unknown),
      }),
  },
  {
    name: 'device-confirm',
    shows: 'deviceConfirmPage',
    render: (page, text) =>
      deviceConfirmPage({
        page,
        clientName: text('Quầy lấy số tự động'),
        userCode: text('BCDF-GHJK'),
        since: text(since),
        action: text('/device'),
        xsrf: text('5f3c'),
      }),
  },
  {
    name: 'device-done',
    shows: 'deviceDonePage',
    render: (page, text) => deviceDonePage({ page, clientName: text('Quầy lấy số tự động') }),
  },
  {
    name: 'device-stopped',
    shows: 'deviceDonePage',
    render: (page) => deviceDonePage({ page, stopped: true }),
  },
  { name: 'home', shows: 'homePage', render: (page) => homePage({ page }) },
  {
    name: 'home-demo',
    shows: 'homePage',
    render: (page, text) => homePage({ page, demoHref: text('/sandbox/app') }),
  },
  {
    name: 'sign-in',
    shows: 'signInPage',
    render: (page, text) =>
      signInPage({
        page,
        clientName: text('Phản ánh hiện trường'),
        zaloAction: text(at('zalo')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'sign-in-vneid',
    shows: 'signInPage',
    render: (page, text) =>
      signInPage({
        page,
        clientName: text(client),
        zaloAction: text(at('zalo')),
        vneidAction: text(at('vneid')),
        passkey: { ...passkey(at('passkey'), text), first: false },
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'sign-in-passkey',
    shows: 'signInPage',
    render: (page, text) =>
      signInPage({
        page,
        clientName: text(client),
        zaloAction: text(at('zalo')),
        passkey: { ...passkey(at('passkey'), text), first: true },
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-passkey',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: true,
        alreadyVerified: true,
        pin: { action: text(at('pin')) },
        passkey: { ...passkey(at('passkey'), text), first: true },
        vneidAction: text(at('vneid')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-required',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: true,
        alreadyVerified: false,
        vneidAction: text(at('vneid')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-wish',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: false,
        alreadyVerified: false,
        vneidAction: text(at('vneid')),
        declineAction: text(at('decline')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-again',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: false,
        alreadyVerified: true,
        vneidAction: text(at('vneid')),
        declineAction: text(at('decline')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-two-ways',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: false,
        alreadyVerified: false,
        vneidAction: text(at('vneid')),
        cardAction: text(at('card')),
        declineAction: text(at('decline')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-card',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: true,
        alreadyVerified: false,
        cardAction: text(at('card')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-pending',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: false,
        alreadyVerified: false,
        pending: { since: text(since) },
        vneidAction: text(at('vneid')),
        cardAction: text(at('card')),
        declineAction: text(at('decline')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-pending-again',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: true,
        alreadyVerified: true,
        pending: { since: text(since) },
        vneidAction: text(at('vneid')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-pending-no-way',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: true,
        alreadyVerified: false,
        pending: { since: text(since) },
        cardAction: text(at('card')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-asked-photo',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: false,
        alreadyVerified: false,
        pending: {
          since: text(since),
          asked: { text: text('Ảnh gửi lần trước chưa rõ mặt. Xin chụp lại ở chỗ sáng.'), card: false },
          photo: { href: text(at('card/photo')), done: true },
        },
        vneidAction: text(at('vneid')),
        declineAction: text(at('decline')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-asked-card',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: true,
        alreadyVerified: false,
        pending: { since: text(since), asked: { text: text('Xin đọc thẻ lại một lần nữa.'), card: true } },
        cardAction: text(at('card')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-refused',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: true,
        alreadyVerified: false,
        refused: text('Lần xác minh trước chưa được: ảnh gửi lên là ảnh chụp lại.'),
        vneidAction: text(at('vneid')),
        cardAction: text(at('card')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'card-photo',
    shows: 'cardPhotoPage',
    render: (page, text) =>
      cardPhotoPage({
        page,
        clientName: text(client),
        action: text(at('card/photo')),
        skipHref: text(at('card/waiting')),
        again: false,
      }),
  },
  {
    name: 'card-photo-again',
    shows: 'cardPhotoPage',
    render: (page, text) =>
      cardPhotoPage({
        page,
        clientName: text(client),
        action: at('card/photo'),
        skipHref: at('card/waiting'),
        again: true,
        asked: text('Ảnh gửi lần trước chưa rõ mặt. Xin chụp lại ở chỗ sáng, thấy cả khuôn mặt.'),
        error: text('Ảnh lớn quá 5 MB.'),
      }),
  },
  {
    name: 'card-waiting-with-photo',
    shows: 'cardWaitingPage',
    render: (page, text) =>
      cardWaitingPage({
        page,
        clientName: text(client),
        since: text(since),
        photo: { href: text(at('card/photo')), done: false },
        declineAction: text(at('decline')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'card-read',
    shows: 'cardReadPage',
    render: (page, text) =>
      cardReadPage({
        page,
        clientName: text(client),
        qr: QR,
        code: text(code),
        statusHref: text(at('card/status')),
        nextHref: text(at('card/next')),
        cancelAction: text(at('cancel')),
        scriptHref: text(CARD_WAIT_HREF),
      }),
  },
  {
    name: 'card-read-app',
    shows: 'cardReadPage',
    render: (page, text) =>
      cardReadPage({
        page,
        clientName: text(client),
        qr: QR,
        code: text(code),
        appHref: text(appHref),
        statusHref: text(at('card/status')),
        nextHref: text(at('card/next')),
        cancelAction: text(at('cancel')),
        scriptHref: text(CARD_WAIT_HREF),
      }),
  },
  {
    name: 'card-helper',
    shows: 'cardHelperPage',
    render: (page, text) => cardHelperPage({ page, code: text(code), appHref: text(appHref) }),
  },
  {
    name: 'card-helper-sandbox',
    shows: 'cardHelperPage',
    render: (page, text) =>
      cardHelperPage({
        page,
        code: text(code),
        appHref: text(appHref),
        readerHref: text('/sandbox/reader?code=K7M4-9PXW'),
      }),
  },
  {
    name: 'card-helper-code',
    shows: 'cardHelperPage',
    render: (page, text) => cardHelperPage({ page, code: text(code) }),
  },
  {
    name: 'card-waiting',
    shows: 'cardWaitingPage',
    render: (page, text) =>
      cardWaitingPage({
        page,
        clientName: text(client),
        since: text(since),
        declineAction: text(at('decline')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'card-waiting-required',
    shows: 'cardWaitingPage',
    render: (page, text) =>
      cardWaitingPage({
        page,
        clientName: text(client),
        since: text(since),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'step-up-no-way',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: true,
        alreadyVerified: false,
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'consent',
    shows: 'consentPage',
    render: (page, text) =>
      consentPage({
        page,
        clientName: text(client),
        purposes: [
          ...Object.entries(messagesFor(page.lang).scopes).map(([name, scope]) => ({
            name,
            ...scope,
            required: name === 'openid',
          })),
          {
            name: text('hoso.nop'),
            title: text('Nộp hồ sơ trực tuyến'),
            detail: text('Được nộp hồ sơ thay cho giấy tờ ở quầy.'),
            required: false,
          },
          { name: text('hoso.xem'), title: text('Xem kết quả'), required: false },
        ],
        approveAction: text(at('consent')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'consent-nothing-to-choose',
    shows: 'consentPage',
    render: (page, text) =>
      consentPage({
        page,
        clientName: text(client),
        purposes: [{ name: 'openid', ...messagesFor(page.lang).scopes.openid, required: true }],
        approveAction: text(at('consent')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'sign-out',
    shows: 'signOutPage',
    render: (page, text) =>
      signOutPage({
        page,
        clientName: text(client),
        action: text('/session/end/confirm'),
        xsrf: text('0f1e2d3c4b5a'),
      }),
  },
  {
    name: 'sign-out-no-client',
    shows: 'signOutPage',
    render: (page, text) =>
      signOutPage({ page, action: text('/session/end/confirm'), xsrf: text('0f1e2d3c4b5a') }),
  },
  { name: 'signed-out', shows: 'signedOutPage', render: (page) => signedOutPage({ page }) },
  {
    name: 'signed-out-of-client',
    shows: 'signedOutPage',
    render: (page, text) => signedOutPage({ page, clientName: text(client) }),
  },
  ...errorCodes.map((code) => ({
    name: `error-${code}`,
    shows: 'errorPage',
    render: (page: PageProps, text: (value: string) => string) =>
      errorPage({ page, code, backHref: text('https://dichvu.example/quay-lai?a=1&b=2') }),
  })),
  {
    name: 'account',
    shows: 'accountOverviewPage',
    render: (page, text) =>
      accountOverviewPage({
        page,
        name: text('Nguyễn Văn An'),
        level2: true,
        levelLines: [text('Xác minh lúc 14:05 ngày 21/11/2026, bằng VNeID.'), text('Không có ngày hết hạn.')],
        verify: { action: text('/account/verify'), label: text('Xác nhận lại là chính mình') },
        identity: {
          name: text('N••• V••• A•••'),
          number: text('•••••••• 0101'),
          showAction: text('/account/identity'),
        },
        phone: { number: text('+84 9•• ••• 678'), lines: [text('Zalo xác nhận lúc 14:05 ngày 21/11/2026.')] },
        linked: [{ name: text('Zalo'), since: text('Nối từ 21/11/2026.') }],
        menu: ['factors', 'sessions', 'services', 'ledger', 'notices', 'data', 'close'],
        notice: {
          text: text('Tài khoản sẽ đóng ngày 28/11/2026.'),
          action: text('/account/close/cancel'),
          label: text('Giữ lại'),
        },
      }),
  },
  {
    name: 'account-revealed',
    shows: 'accountOverviewPage',
    render: (page, text) =>
      accountOverviewPage({
        page,
        level2: true,
        levelLines: [],
        identity: {
          name: text('Nguyễn Văn An'),
          number: text('072090000101'),
          birthDate: text('15/03/1990'),
        },
        phone: { lines: [text('Chưa có.')] },
        linked: [],
        menu: ['sessions'],
      }),
  },
  {
    name: 'account-sessions',
    shows: 'accountSessionsPage',
    render: (page, text) =>
      accountSessionsPage({
        page,
        done: text('Đã cho thoát.'),
        sessions: [
          {
            name: text('Chrome trên Android'),
            current: true,
            lines: [text('Vào lúc 14:05 ngày 21/11/2026, bằng Zalo.'), text(`Đang dùng: ${client}.`)],
            endAction: text('/account/sessions/0f/end'),
          },
          {
            name: text('Máy chưa rõ loại'),
            current: false,
            lines: [],
            endAction: text('/account/sessions/1f/end'),
          },
        ],
        endOthersAction: text('/account/sessions/end-others'),
        endAllAction: text('/account/sessions/end-all'),
      }),
  },
  ...DESK_SAMPLES,
  ...ACCOUNT_SAMPLES,
  {
    name: 'account-notices',
    shows: 'accountNoticesPage',
    render: (page, text) => {
      const { kinds, sent, kept } = messagesFor(page.lang).notices;
      const parts = { date: text('21/11/2026'), device: text('Samsung Internet trên Android') };
      return accountNoticesPage({
        page,
        notices: Object.values(kinds).map(({ title, text: say }, index) => ({
          title,
          text: say(parts),
          when: text(since),
          ...(index % 3 === 2 ? {} : { how: index % 3 ? kept : sent }),
        })),
        olderHref: text('/account/notices?before=b6ad2f0c-5a2c-4b7e-9df1-0d2c44a3d7a1'),
        newestHref: text('/account/notices'),
      });
    },
  },
  {
    name: 'account-notices-none',
    shows: 'accountNoticesPage',
    render: (page) => accountNoticesPage({ page, notices: [] }),
  },
  {
    name: 'account-left',
    shows: 'accountLeftPage',
    render: (page, text) => accountLeftPage({ page, againHref: text('/account') }),
  },
  {
    name: 'set-factor',
    shows: 'setFactorPage',
    render: (page, text) =>
      setFactorPage({
        page,
        pinAction: text(at('factor/pin')),
        passkey: { ...passkey(at('factor/passkey'), text), failed: false },
        laterAction: text(at('factor/later')),
      }),
  },
  {
    name: 'set-factor-refused',
    shows: 'setFactorPage',
    render: (page, text) =>
      setFactorPage({
        page,
        pinAction: text(at('factor/pin')),
        laterAction: text(at('factor/later')),
        error: text('Mã này là ngày sinh, người khác dễ đoán. Xin chọn mã khác.'),
      }),
  },
  {
    name: 'step-up-pin',
    shows: 'stepUpPage',
    render: (page, text) =>
      stepUpPage({
        page,
        clientName: text(client),
        required: false,
        alreadyVerified: true,
        pin: { action: text(at('pin')), error: text('Mã PIN chưa đúng. Xin thử lại.') },
        passkey: { ...passkey(at('passkey'), text), first: false },
        vneidAction: text(at('vneid')),
        declineAction: text(at('decline')),
        cancelAction: text(at('cancel')),
      }),
  },
  {
    name: 'account-factors',
    shows: 'accountFactorsPage',
    render: (page, text) =>
      accountFactorsPage({
        page,
        done: text('Đã đặt mã PIN.'),
        pin: {
          lines: [text('Đặt lúc 14:05 ngày 21/11/2026.')],
          removeAction: text('/account/factors/0f/remove'),
          needsOld: true,
        },
        pinAction: text('/account/factors/pin'),
        proveAction: text('/account/factors/prove'),
        error: text('Hai lần gõ chưa giống nhau.'),
        passkeys: [
          {
            name: text('Chrome trên Android'),
            lines: [text('Đặt lúc 14:05 ngày 21/11/2026.'), text('Dùng gần nhất lúc 14:05 ngày 22/11/2026.')],
            renameAction: text('/account/factors/passkeys/0e/name'),
            removeAction: text('/account/factors/0e/remove'),
          },
        ],
        addPasskey: { ...passkey('/account/factors/passkeys', text), failed: true },
      }),
  },
  {
    name: 'account-factors-none',
    shows: 'accountFactorsPage',
    render: (page, text) =>
      accountFactorsPage({
        page,
        proveAction: text('/account/factors/prove'),
        passkeys: [],
        confirmAction: text('/account/factors/passkeys/confirm'),
      }),
  },
  {
    name: 'account-phone-quarantined',
    shows: 'accountOverviewPage',
    render: (page, text) =>
      accountOverviewPage({
        page,
        name: text('Mai Xuân Cường'),
        level2: false,
        levelLines: [text('Chưa xác minh lần nào.')],
        phone: {
          number: text('0•• ••• •102'),
          lines: [text(messagesFor(page.lang).account.phone.quarantined)],
          releaseAction: text('/account/phone/release'),
        },
        linked: [],
        menu: ['services'],
      }),
  },
  {
    name: 'mini-app-open',
    shows: 'miniAppOpenPage',
    render: (page, text) =>
      miniAppOpenPage({
        page,
        clientName: text(client),
        name: text('Nguyễn Thị Ánh Nguyệt'),
        toAccount: false,
        otherSignedIn: false,
        handle: text('a'.repeat(43)),
        openAction: text('/mini-app/open'),
        cancelAction: text('/mini-app/leave'),
      }),
  },
  {
    name: 'mini-app-open-other-signed-in',
    shows: 'miniAppOpenPage',
    render: (page, text) =>
      miniAppOpenPage({
        page,
        clientName: text(client),
        toAccount: true,
        otherSignedIn: true,
        handle: text('a'.repeat(43)),
        openAction: text('/mini-app/open'),
        cancelAction: text('/mini-app/leave'),
      }),
  },
  {
    name: 'mini-app-back',
    shows: 'miniAppBackPage',
    render: (page, text) =>
      miniAppBackPage({
        page,
        clientName: text(client),
        done: true,
        returnHref: text('https://zalo.me/s/1/'),
      }),
  },
  {
    name: 'mini-app-back-not-done',
    shows: 'miniAppBackPage',
    render: (page, text) => miniAppBackPage({ page, clientName: text(client), done: false }),
  },
];
