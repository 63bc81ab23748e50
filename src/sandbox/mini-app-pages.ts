/** The sandbox Mini App's pages. */
import { html } from 'hono/html';
import type { MiniAppSession } from './mini-app-calls.ts';
import { type Html, type Page, personGrid } from './page.ts';
import { people } from './people.ts';

const SORRY: Record<string, string> = {
  authorization_pending: 'Chưa xong: trang xác nhận vẫn đang mở.',
  access_denied: 'Chưa xác nhận được ở trang Tây Ninh ID.',
  expired_token: 'Để lâu quá, xin làm lại.',
  consent_required: 'Trước đây đã rút lại đồng ý cho ứng dụng này. Muốn dùng tiếp thì chọn “Đồng ý lại”.',
  temporarily_unavailable: 'Zalo đang bận, xin thử lại sau ít phút.',
};

export function showMiniAppSignIn(notice?: string): Page {
  return {
    title: 'Mini App mẫu',
    english: 'Demo Mini App: Tây Ninh Smart inside Zalo, as forms',
    body: html`${showNotice(notice)}
<p>Trong Zalo thật, bước này không hỏi gì: ứng dụng lấy mã của Zalo rồi đổi lấy mã của Tây Ninh ID.</p>
<form id="form-mini-app" method="post" action="/mini-app/sign-in">
<label for="phone">Số điện thoại <small lang="en">Phone number</small></label>
<select id="phone" name="phone"><option value="yes">Cho Mini App biết số</option><option value="no">Không cho biết</option></select>
<label for="zalo-name">Đổi tên Zalo thành <small lang="en">Another Zalo name, as after a number was recycled</small></label>
<input id="zalo-name" name="zalo_name" maxlength="100">
<label for="consent">Đồng ý <small lang="en">Consent</small></label>
<select id="consent" name="consent"><option value="">Như ở Zalo</option><option value="2026-11">Đồng ý lại (đã rút trước đây)</option></select>
<h2>Ai đang mở Zalo?</h2>
${personGrid(people.map(({ id, zaloName }) => ({ id, label: zaloName })))}
</form>`,
  };
}

export function showMiniApp({ name, phone, tokens, level2, step }: MiniAppSession, notice?: string): Page {
  const current = level2 ?? tokens;
  const row = (label: string, english: string, id: string, value: string | undefined) =>
    html`<tr><th scope="row">${label} <small lang="en">${english}</small></th><td id="${id}">${value || '—'}</td></tr>`;
  return {
    title: name ? `Xin chào, ${name}` : 'Xin chào',
    english: 'Signed in, in the Mini App',
    body: html`${showNotice(notice)}
<table>
${row('Mức xác minh', 'acr', 'level', current?.level)}
${row('Số điện thoại', 'phone_number', 'phone-number', phone)}
${row('Mã riêng', 'sub', 'sub', current?.sub)}
${row('Được xem', 'scope', 'scope', current?.scope)}
</table>
${step ? showReturn() : ''}
<h2>Bước ra để xác nhận</h2>
<form id="form-step" method="post" action="/mini-app/step"><input type="hidden" name="page" value="step_up">
<label for="step-scope">Xin thêm <small lang="en">Ask besides</small></label>
<select id="step-scope" name="scope"><option value="">chỉ level2</option><option value="hoso.xem hoso.nop">nộp hồ sơ</option><option value="identity">số định danh</option></select>
<button>Xác nhận ở level2 <small lang="en">Step out for level2</small></button></form>
<form id="form-account" method="post" action="/mini-app/step"><input type="hidden" name="page" value="account"><button class="quiet">Tài khoản của mình <small lang="en">Account page</small></button></form>
${level2?.scope.includes('hoso.nop') ? showDossier() : ''}
<form id="form-sign-out" method="post" action="/mini-app/sign-out"><button class="quiet">Thoát Mini App <small lang="en">Leave</small></button></form>`,
  };
}

function showReturn(): Html {
  return html`<form id="form-return" method="post" action="/mini-app/return"><button>Đã đóng trang kia <small lang="en">The web view is closed: exchange the step</small></button></form>`;
}

function showDossier(): Html {
  return html`<h2>Nộp hồ sơ</h2>
<form id="form-dossier" method="post" action="/mini-app/dossier">
<label for="title">Tên hồ sơ <small lang="en">Title</small></label><input id="title" name="title" maxlength="200" required>
<label for="text">Nội dung <small lang="en">Text</small></label><textarea id="text" name="text" rows="3" required></textarea>
<button>Nộp hồ sơ <small lang="en">File (level2)</small></button></form>`;
}

function showNotice(notice: string | undefined): Html | string {
  if (!notice) return '';
  return html`<p class="notice" role="status">${SORRY[notice] ?? ''} <code id="notice">${notice}</code></p>`;
}
