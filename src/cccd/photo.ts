/**
 * The citizen's photo for the officer who holds it beside the portrait in the chip: asked for once the card was read and
 * waits, and again when an officer asks. Nobody has to: at a desk an officer sees the face itself.
 *
 * A plain form with a file, which opens the camera on a phone; it needs no script. The page is of the sign-in that waits.
 */
import Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import { type CardPhotoProps, cardPhotoPage } from '../../views/card-photo.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { pageProps, sendPage } from '../http/page.ts';
import { requireSameOrigin } from '../http/same-origin.ts';
import type { Context } from '../http/state.ts';
import { readUpload } from '../http/upload.ts';
import { clientNameOf, type Interaction, readInteraction } from '../interaction/finish.ts';
import { keepLivePhoto } from '../verification/live-photo.ts';
import { findWaitingCase, type WaitingCase } from '../verification/proofs.ts';
import { cleanPhoto } from './photo-file.ts';

const MOST_OCTETS = 5 * 1024 * 1024;
/** Which text the citizen read (views/i18n, cardPhoto.consent); a new text has a new number. */
const CONSENT = 'photo/1';

type Fault = keyof ReturnType<typeof messagesFor>['cardPhoto']['faults'];

/** Mounted apart from the other pages: of all forms of ours this one alone is large. */
export function photoRoutes({ deps, provider }: { deps: Deps; provider: Provider }): Router {
  const router = new Router();
  router.use(requireSameOrigin() as never);
  const path = '/interaction/:uid/card/photo';

  router.get(path, async (ctx: Context) => {
    const { interaction, waiting } = await read(deps, provider, ctx);
    sendPage(ctx, await show(provider, ctx, { interaction, waiting }));
  });

  router.post(path, async (ctx: Context) => {
    const { interaction, waiting, accountId } = await read(deps, provider, ctx);
    const upload = await readUpload(ctx, 'photo', MOST_OCTETS);
    const photo = upload.bytes && cleanPhoto(upload.bytes);
    if (!photo) {
      const fault: Fault = upload.fault ?? 'not_a_photo';
      sendPage(ctx, await show(provider, ctx, { interaction, waiting, fault }), 400);
      return;
    }
    const given = { caseId: waiting.id, accountId, bytes: photo.bytes, consent: CONSENT };
    await performAct(deps, (act) => keepLivePhoto(act, deps.keyring, given));
    ctx.status = 303;
    ctx.redirect(`/interaction/${interaction.uid}/card/waiting`);
  });
  return router;
}

/** The sign-in that waits, and the case a photo belongs to. */
async function read(deps: Deps, provider: Provider, ctx: Context) {
  const interaction = await readInteraction(provider, ctx, ctx.params.uid);
  const accountId = interaction.session?.accountId;
  if (interaction.prompt.name !== 'level' || !accountId) throw new AppError('interaction_mismatch');
  const waiting = await findWaitingCase(deps.db, accountId);
  if (!waiting || !takesPhoto(waiting))
    throw new AppError('not_found', { backHref: `/interaction/${interaction.uid}` });
  return { interaction, waiting, accountId };
}

/** Whether a photo helps this case. */
export function takesPhoto({ method, asked }: WaitingCase): boolean {
  return method === 'chip' && (!asked || asked.for === 'photo');
}

async function show(
  provider: Provider,
  ctx: Context,
  { interaction, waiting, fault }: { interaction: Interaction; waiting: WaitingCase; fault?: Fault },
): Promise<string> {
  const text = messagesFor(ctx.state.lang).cardPhoto;
  const base = `/interaction/${interaction.uid}`;
  const reasons: Record<string, string> = text.asked;
  const asked = waiting.asked && reasons[waiting.asked.reason];
  const props: CardPhotoProps = {
    page: pageProps(ctx),
    clientName: await clientNameOf(provider, interaction, ctx.state.lang),
    action: `${base}/card/photo`,
    skipHref: `${base}/card/waiting`,
    again: waiting.hasPhoto,
    ...(asked ? { asked } : {}),
    ...(fault ? { error: text.faults[fault] } : {}),
  };
  return cardPhotoPage(props);
}
