/**
 * The virtual reader, under /card-reader: lays the card of a test person on a phone that is not there and hands what
 * its chip says to the provider, over the same JSON interface as every reader, with every fault on demand. Its chips
 * hold keys of their own, so the provider's challenge is really answered.
 */
import Router from '@koa/router';
import { html } from 'hono/html';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { Card } from './card-factory.ts';
import { type ChipReading, cardFaults, findCardFault } from './card-faults.ts';
import { makeCom } from './card-files.ts';
import { type CardOffice, createCardOffice, holders } from './card-office.ts';
import { type Html, personGrid, readForm, readQuery, sendPage } from './page.ts';
import { findPerson, type Person } from './people.ts';
import { ExpiringMap } from './store.ts';

const DAY = 86_400;
const TIMEOUT_MS = 15_000;
/** Readable by a phone; the fingerprints of DG3 are not. */
const LISTED = [1, 2, 3, 13, 14, 15];

const routes = {
  native: 'ứng dụng đọc thẻ: challenge của máy chủ',
  scannfc: 'scanNFC của Zalo: challenge của điện thoại',
} as const;
const encodings = { hex: 'hex', base64: 'base64' } as const;
type Route = keyof typeof routes;
type Encoding = keyof typeof encodings;

type Wish = { code: string; route: Route; encoding: Encoding; fault: string };
/** What a reader sends: the result object of scanNFC, for both ways. */
type Scan = Record<string, string>;
type Answer = { request: string; status: number; body: unknown };
type Parts = { deps: Deps; office: CardOffice; handedIn: ExpiringMap<Scan> };

/** The answer could be anything: what is not an answer of the interface is shown as it is. */
const answerShape = z.object({
  status: z.string().optional(),
  error: z.string().optional(),
  message: z.object({ vi: z.string(), en: z.string() }).optional(),
});

export function createCardReader(deps: Deps): Router {
  const parts: Parts = { deps, office: createCardOffice(deps), handedIn: new ExpiringMap(deps.clock, 100) };
  const router = new Router({ prefix: '/card-reader' });
  router.get('/', (ctx) =>
    showReader(
      ctx,
      readWish((name) => readQuery(ctx, name)),
    ),
  );
  router.post('/', async (ctx) => {
    const form = await readForm(ctx);
    const wish = readWish((name) => form.get(name));
    const person = findPerson(form.get('person'));
    await showReader(ctx, wish, person && (await readCard(parts, person, wish)));
  });
  return router;
}

function readWish(read: (name: string) => string | null | undefined): Wish {
  return {
    code: (read('code') ?? '').trim(),
    route: read('route') === 'scannfc' ? 'scannfc' : 'native',
    encoding: read('encoding') === 'base64' ? 'base64' : 'hex',
    fault: read('fault') ?? 'none',
  };
}

/** Reads the person's card and hands it in; the answer is the last one that came. */
async function readCard(parts: Parts, person: Person, wish: Wish): Promise<Answer> {
  const { deps, office, handedIn } = parts;
  const { code, route } = wish;
  const path = route === 'native' ? 'chips' : 'scans';
  const fault = findCardFault(wish.fault);
  if (fault.procedure === 'replayed') {
    const scan = handedIn.get(person.id);
    if (!scan) return { request: '', status: 0, body: { error: 'nothing_to_replay' } };
    return post(deps, path, { code, scan });
  }
  const card = await office.issue(person, fault.flaw);
  if (!card) return { request: '', status: 0, body: { error: 'no_card' } };
  let challenge = deps.random(8);
  if (route === 'native' && fault.procedure !== 'old-challenge') {
    const asked = await post(deps, 'challenges', { code });
    const given = z.object({ challenge: z.string().regex(/^[0-9a-f]{16}$/) }).safeParse(asked.body);
    if (!given.success) return asked;
    challenge = Buffer.from(given.data.challenge, 'hex');
  }
  const reading = readChip(card, challenge);
  const other = holders.find(({ personalNumber }) => personalNumber !== person.personalNumber);
  const files = other && (await office.issue(other))?.dataGroups;
  fault.bend?.(reading, { other: files ?? new Map(), random: deps.random });
  const scan = writeScan(reading, route === 'native' ? 'hex' : wish.encoding);
  handedIn.set(person.id, scan, DAY);
  return post(deps, path, { code, scan });
}

function readChip({ sod, dataGroups, answer }: Card, challenge: Buffer): ChipReading {
  return {
    dataGroups: new Map(dataGroups),
    com: makeCom(LISTED),
    sod,
    challenge,
    answer: answer(challenge),
  };
}

function writeScan(reading: ChipReading, encoding: Encoding): Scan {
  const write = (bytes: Buffer | undefined): string => bytes?.toString(encoding) ?? '';
  const scan: Scan = {};
  for (let number = 1; number <= 16; number += 1) scan[`dg${number}`] = write(reading.dataGroups.get(number));
  scan.com = write(reading.com);
  scan.sod = write(reading.sod);
  scan.challenge = write(reading.challenge);
  scan.aAResult = write(reading.answer);
  scan.eACCAResult = '';
  return scan;
}

async function post({ config, fetch }: Deps, path: string, body: unknown): Promise<Answer> {
  const request = `POST /cccd/${path}`;
  try {
    const response = await fetch(`${config.issuer}/cccd/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { request, status: response.status, body: await response.json() };
  } catch {
    return { request, status: 0, body: { error: 'unreachable' } };
  }
}

async function showReader(ctx: Context, wish: Wish, answer?: Answer): Promise<void> {
  await sendPage(ctx, {
    title: 'Máy đọc thẻ ảo',
    english: 'Virtual card reader: choose whose card it reads',
    body: html`${answer ? showAnswer(answer) : ''}
<form id="form-card-reader" method="post" action="/card-reader">
<label for="code">Mã trên màn hình đang chờ <small lang="en">Code</small></label>
<input id="code" name="code" value="${wish.code}" maxlength="40" autocomplete="off" placeholder="XXXXX-XXXXX" required>
${select('route', html`Cách đọc <small lang="en">Route</small>`, Object.entries(routes), wish.route)}
${select('encoding', html`Mã hóa chuỗi của scanNFC <small lang="en">Encoding</small>`, Object.entries(encodings), wish.encoding)}
${select(
  'fault',
  html`Lỗi muốn thử <small lang="en">Fault to try</small>`,
  Array.from(cardFaults, ([name, { label }]) => [name, label]),
  wish.fault,
)}
<h2>Đặt thẻ của ai lên? <small lang="en">Whose card?</small></h2>
${personGrid(holders.map(({ id, fullName }) => ({ id, label: fullName })))}
</form>`,
  });
}

function select(name: string, label: Html, options: readonly (readonly string[])[], chosen: string): Html {
  return html`<label for="${name}">${label}</label>
<select id="${name}" name="${name}">${options.map(
    ([value, text]) =>
      html`<option value="${value}"${value === chosen ? html` selected` : ''}>${value} – ${text}</option>`,
  )}</select>`;
}

/** `status` and `error` are never both there: the first says that it arrived, the second why not. */
function showAnswer({ request, status, body }: Answer): Html {
  const { data } = answerShape.safeParse(body);
  return html`<div class="notice" role="status">
<p><code>${request}</code> → <strong id="answer-status">${status}</strong> <strong id="answer-code">${data?.error ?? data?.status ?? ''}</strong></p>
${data?.message ? html`<p id="answer-vi">${data.message.vi}</p><p id="answer-en" lang="en">${data.message.en}</p>` : ''}
<p><code id="answer-json">${JSON.stringify(body)}</code></p>
</div>`;
}
