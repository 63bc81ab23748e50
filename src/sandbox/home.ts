/** The sandbox's first page: where everything is, and who the test people are. */
import { html } from 'hono/html';
import type { Deps } from '../deps.ts';
import type { Page } from './page.ts';
import { people } from './people.ts';

export function showSandbox({ config }: Deps): Page {
  const vneid = `http://localhost:${config.sandboxPort}/vneid`;
  return {
    title: 'Tây Ninh ID: khu thử nghiệm',
    english: 'Sandbox: the upstreams, an app and a service, with invented people',
    body: html`<ul>
<li><a href="/app">Ứng dụng mẫu</a> <small lang="en">Demo app</small></li>
<li><a href="/card-reader">Máy đọc thẻ ảo</a> <small lang="en">Virtual reader of CCCD cards</small></li>
<li><a href="/inbox">Tin nhắn Zalo</a> <small lang="en">Zalo messages to the test people</small></li>
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
</table>`,
  };
}
