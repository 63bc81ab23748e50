/** The sandbox's first page: where everything is, and who the test people are. */
import { html } from 'hono/html';
import type { Deps } from '../deps.ts';
import { codeOf, officerPassword, testOfficers } from './officers.ts';
import type { Page } from './page.ts';
import { people } from './people.ts';

export function showSandbox({ config, clock }: Deps): Page {
  const vneid = `${config.sandboxUrl}/vneid`;
  return {
    title: 'Tây Ninh ID: khu thử nghiệm',
    english: 'Sandbox: the upstreams, an app and a service, with invented people',
    body: html`<ul>
<li><a href="/app">Ứng dụng mẫu</a> <small lang="en">Demo app</small></li>
<li><a href="/mini-app">Mini App mẫu</a> <small lang="en">Demo Mini App</small></li>
<li><a href="/kiosk">Quầy lấy số mẫu</a> <small lang="en">Demo kiosk: sign in by a code</small></li>
<li><a href="/card-reader">Máy đọc thẻ ảo</a> <small lang="en">Virtual reader of CCCD cards</small></li>
<li><a href="/inbox">Tin nhắn Zalo</a> <small lang="en">Zalo messages to the test people</small></li>
<li><a href="${config.issuer}/console">Bàn của cán bộ</a> <small lang="en">Officers' console</small></li>
<li><a href="${config.issuer}/.well-known/openid-configuration">Tây Ninh ID discovery</a></li>
<li><a href="${vneid}/.well-known/openid-configuration">VNeID (giả) discovery</a></li>
</ul>
<h2>Người thử nghiệm</h2><p class="en" lang="en">Test people; the id is what scripts send as <code>person</code></p>
<table>
<thead><tr><th>id</th><th>Họ tên</th><th>Số định danh</th><th>Dùng để thử</th></tr></thead>
<tbody>${people.map(
      ({ id, fullName, personalNumber, purpose }) =>
        html`<tr><td><code>${id}</code></td><td>${fullName}</td><td><code>${personalNumber}</code></td><td>${purpose}</td></tr>`,
    )}</tbody>
</table>
<h2>Cán bộ thử nghiệm</h2><p class="en" lang="en">Test officers of the <a href="${config.issuer}/console">console</a>; load this page again for a new code</p>
<p>Mật khẩu của tất cả: <code>${officerPassword}</code></p>
<table>
<thead><tr><th>Tên đăng nhập</th><th>Họ tên</th><th>Mã lúc này</th><th>Mã kế tiếp</th><th>Khóa TOTP</th><th>Dùng để thử</th></tr></thead>
<tbody>${testOfficers.map(
      (one) =>
        html`<tr><td><code>${one.login}</code></td><td>${one.name}</td><td><code>${codeOf(one, clock())}</code></td><td><code>${codeOf(one, clock(), 1)}</code></td><td><code>${one.totp}</code></td><td>${one.purpose}</td></tr>`,
    )}</tbody>
</table>`,
  };
}
