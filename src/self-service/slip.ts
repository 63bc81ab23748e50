/**
 * Anybody checks a proof slip. Its number is typed, or its QR brings the signed text behind `#`, which no server and no log
 * ever sees; a small script puts it into the form. The answer names nobody.
 */
import Router from '@koa/router';
import { z } from 'zod';
import { messagesFor } from '../../views/messages.ts';
import { slipCheckPage } from '../../views/slip-check.ts';
import { readForm } from '../http/form.ts';
import { pageProps, sayDay, sendPage, slipScriptHref } from '../http/page.ts';
import { allowScript } from '../http/security-headers.ts';
import type { Context } from '../http/state.ts';
import { findSignedSlip, findSlip, holdsNow, type Slip } from '../verification/slips.ts';
import type { Scope } from './citizen.ts';

const path = '/slip';
const asked = z.object({
  number: z.string().max(40).default(''),
  signed: z.string().max(1000).default(''),
});

export function slipRoutes({ deps }: Scope): Router {
  const router = new Router();
  router.get(path, (ctx: Context) => {
    allowScript(ctx, deps.config);
    sendPage(ctx, slipCheckPage({ page: pageProps(ctx), action: path, scriptHref: slipScriptHref }));
  });
  router.post(path, async (ctx: Context) => {
    const { number, signed } = await readForm(ctx, asked);
    const slip = signed ? await findSignedSlip(deps.db, signed) : await findSlip(deps.db, number);
    const outcome = !slip ? 'unknown' : holdsNow(slip, deps.clock()) ? 'holds' : 'ended';
    const facts = slip ? sayFacts(ctx, slip) : [];
    const page = {
      ...pageProps(ctx),
      otherLanguageHref: pageProps(ctx).otherLanguageHref.replace(/^\//, path),
    };
    sendPage(ctx, slipCheckPage({ page, action: path, result: { outcome, facts } }), slip ? 200 : 404);
  });
  return router;
}

function sayFacts(ctx: Context, slip: Slip) {
  const { check, slip: text } = messagesFor(ctx.state.lang).desk;
  const { expiresAt } = slip;
  return [
    { label: check.method, value: check.methods[slip.method] ?? slip.method },
    { label: check.where, value: slip.officeName ?? text.whole },
    { label: check.when, value: sayDay(ctx, slip.verifiedAt) },
    {
      label: check.until,
      value: expiresAt ? sayDay(ctx, new Date(expiresAt.getTime() - 1)) : text.noEnd,
    },
  ];
}
