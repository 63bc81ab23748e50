/** The proof slip of a visit: made once, by the officer of the visit, and printed as often as it is needed. */

import { messagesFor } from '../../views/messages.ts';
import { proofSlip } from '../../views/proof-slip.ts';
import { performAct, recordEvent } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { pageProps, sayDay, sendPage, slipCssHref } from '../http/page.ts';
import { drawQr } from '../http/qr.ts';
import { dayInVietnam } from '../http/vietnam-day.ts';
import { signSlip } from '../oidc/signed-slips.ts';
import { openCasePerson } from '../verification/desk-decision.ts';
import { findSlipOfCase, issueSlip } from '../verification/slips.ts';
import { desk, readVisit } from './desk.ts';
import { goTo } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

export const slipRoutes: ConsoleRoute[] = [
  consoleRoute('post', '/desk/:id/slip', { right: 'desk.work' }, async (visit) => {
    const { scope, ctx, officer } = visit;
    const { db, keyring } = scope.deps;
    const { id, caseId, officerId } = await readVisit(visit);
    const own = officerId === officer.id && caseId;
    const slip =
      own &&
      (await performAct(scope.deps, (act) =>
        issueSlip(act, scope.deps, {
          ...{ caseId, by: officer.id, dayOf: dayInVietnam },
          sign: (text) => signSlip(db, keyring, text),
        }),
      ));
    goTo(ctx, slip ? `${desk}/${id}/slip` : `${desk}/${id}?fault=not_found`);
  }),
  consoleRoute('get', '/desk/:id/slip', { right: 'desk.work' }, show),
];

async function show(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db, keyring, config } = scope.deps;
  const found = await readVisit(visit);
  const own = found.officerId === officer.id && found.caseId;
  const slip = own ? await findSlipOfCase(db, keyring, found.caseId ?? '') : undefined;
  const opened = slip && (await openCasePerson(db, keyring, slip.caseId));
  if (!slip || !opened) throw new AppError('not_found', { backHref: `${desk}/${found.id}` });
  const purpose = 'desk_visit';
  await recordEvent(scope.deps, {
    event: 'officer.looked',
    account: slip.accountId,
    actor: officer.id,
    purpose,
  });
  const text = messagesFor(ctx.state.lang).desk.slip;
  const { person, checks } = opened;
  const [data, chip, face, second] = text.points as [string, string, string, string];
  const genuine = checks.card_genuine === 'server_challenge' ? chip : text.copied;
  sendPage(
    ctx,
    proofSlip({
      page: { ...pageProps(ctx), cssHref: slipCssHref },
      number: (slip.id.match(/.{4}/g) ?? []).join('-'),
      qr: drawQr(`${config.issuer}/slip#${slip.signed}`),
      checkAddress: `${config.issuer.replace(/^https?:\/\//, '')}/slip`,
      facts: [
        { label: text.name, value: person.fullName },
        { label: text.personalNumber, value: `••• ••• ••• ${person.personalNumber.slice(-3)}` },
        { label: text.where, value: slip.officeName ?? text.whole },
        { label: text.when, value: sayDay(ctx, slip.verifiedAt) },
        {
          label: text.until,
          value: slip.expiresAt ? sayDay(ctx, new Date(slip.expiresAt.getTime() - 1)) : text.noEnd,
        },
        { label: text.officer, value: officer.name },
      ],
      checked: [data, genuine, face, checks.second_officer === 'agreed' ? second : text.oneOfficer],
      signIn: found.way === 'zalo' ? text.signInZalo : text.signInNone,
      backHref: `${desk}/${found.id}`,
    }),
  );
}
