/** The demo app's pages. */
import { html } from 'hono/html';
import type { Draft, SignedIn } from './demo-app-session.ts';
import type { Html, Page } from './page.ts';

export const formPaths = { report: '/app/reports', dossier: '/app/dossiers' } as const;

export function showSignedOut(notice?: string): Page {
  return {
    title: 'Cổng dịch vụ mẫu',
    english: 'Demo portal: a relying party of Tây Ninh ID',
    body: html`${showNotice(notice)}
<p>Chưa đăng nhập.</p>
<p><a class="button" href="/app/sign-in">Đăng nhập <small lang="en">Sign in</small></a></p>
<p><a href="/app/sign-in?acr_values=level2">Đăng nhập thẳng ở level2</a> <small lang="en">Sign in at level2</small></p>`,
  };
}

export function showHome({ name, level, authTime }: SignedIn, notice?: string): Page {
  const time = authTime === undefined ? '—' : new Date(authTime * 1000).toISOString();
  return {
    title: `Xin chào, ${name}`,
    english: 'Signed in',
    body: html`${showNotice(notice)}
<table>
<tr><th scope="row">Mức xác minh <small lang="en">acr</small></th><td id="level">${level}</td></tr>
<tr><th scope="row">Đăng nhập lúc <small lang="en">auth_time</small></th><td id="auth-time">${time}</td></tr>
</table>
${showForm({ kind: 'report', title: '', text: '' })}
${showForm({ kind: 'dossier', title: '', text: '' })}
<form id="form-sign-out" method="post" action="/app/sign-out"><button class="quiet">Đăng xuất <small lang="en">Sign out</small></button></form>`,
  };
}

export function showDraft(draft: Draft, notice: string | undefined, status = 200): Page {
  const isReport = draft.kind === 'report';
  return {
    status,
    title: isReport ? 'Phản ánh của mình' : 'Hồ sơ của mình',
    english: isReport ? 'Your report' : 'Your dossier',
    body: html`${showNotice(notice)}${showForm(draft)}<p><a href="/app">Về trang chính</a></p>`,
  };
}

export function showReceipt(kind: Draft['kind'], number: string): Page {
  return {
    title: kind === 'report' ? 'Đã gửi phản ánh' : 'Đã nộp hồ sơ',
    english: kind === 'report' ? 'Report sent' : 'Dossier filed',
    body: html`<p>Số: <strong id="number">${number}</strong></p><p><a href="/app">Về trang chính</a></p>`,
  };
}

function showNotice(notice: string | undefined): Html | string {
  return notice ? html`<p class="notice" role="status">${notice}</p>` : '';
}

function showForm({ kind, title, text }: Draft): Html {
  if (kind === 'report') {
    return html`<h2>Phản ánh hiện trường</h2>
<form id="form-report" method="post" action="${formPaths.report}">
<label for="report-text">Nội dung <small lang="en">Report</small></label>
<textarea id="report-text" name="text" rows="3" maxlength="4000" required>${text}</textarea>
<button>Gửi phản ánh <small lang="en">Send (level1)</small></button>
</form>`;
  }
  return html`<h2>Nộp hồ sơ</h2>
<form id="form-dossier" method="post" action="${formPaths.dossier}">
<label for="title">Tên hồ sơ <small lang="en">Title</small></label>
<input id="title" name="title" maxlength="200" value="${title}" required>
<label for="dossier-text">Nội dung <small lang="en">Text</small></label>
<textarea id="dossier-text" name="text" rows="4" maxlength="20000" required>${text}</textarea>
<button>Nộp hồ sơ <small lang="en">File (level2)</small></button>
</form>`;
}
