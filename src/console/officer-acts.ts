/** What a supervisor does about officers: invite, change rights, shut out and let in, and the way back in by two. */
import { z } from 'zod';
import { consoleLinkPage } from '../../views/console-officers.ts';
import { type Act, performAct } from '../audit/audit.ts';
import { sendPage } from '../http/page.ts';
import { removeDeclared } from '../officer/household.ts';
import { type InvitationKind, issueLink } from '../officer/invitations.ts';
import {
  addOfficer,
  changeRights,
  covers,
  normaliseLogin,
  reinstateOfficer,
  suspendOfficer,
} from '../officer/officers.ts';
import { answerRecovery, askRecovery } from '../officer/recovery.ts';
import { type Officer, roles } from '../officer/roles.ts';
import { readOfficer } from './officers.ts';
import { consoleProps, goTo, readFields } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type Rule, type SignedInVisit } from './rights.ts';

const list = '/console/officers';
const act = { right: 'officers.manage', stepUp: true } as const satisfies Rule;
const codes = z.union([z.string(), z.array(z.string())]).default([]);
const rightsForm = z.object({ role: z.enum(roles), province: z.literal('1').optional(), communes: codes });
const newForm = rightsForm.extend({ login: z.string().max(100), name: z.string().trim().min(2).max(120) });
const suspendForm = z.object({ reason: z.enum(['left', 'away', 'device_lost', 'misuse_suspected']) });
const reinstateForm = z.object({ reason: z.enum(['back', 'cleared']) });
const recoveryForm = z.object({ reason: z.enum(['password_forgotten', 'device_lost']) });
const removeForm = z.object({ reason: z.enum(['moved_out', 'mistake']) });

export const officerActRoutes: ConsoleRoute[] = [
  consoleRoute('post', '/officers', act, invite),

  consoleRoute('post', '/officers/:id/rights', act, async (visit) => {
    const { role, communes } = readRights(readFields(visit, rightsForm));
    if (!communes) return goTo(visit.ctx, `${list}/${(await readOfficer(visit)).id}?fault=no_commune`);
    await perform(visit, 'rights', (one, change) => changeRights(one, { ...change, role, communes }));
  }),

  consoleRoute('post', '/officers/:id/suspend', act, async (visit) => {
    const { reason } = readFields(visit, suspendForm);
    await perform(visit, 'suspended', (one, change) => suspendOfficer(one, { ...change, reason }));
  }),

  consoleRoute('post', '/officers/:id/reinstate', act, async (visit) => {
    const { reason } = readFields(visit, reinstateForm);
    await perform(visit, 'reinstated', (one, change) => reinstateOfficer(one, { ...change, reason }));
  }),

  consoleRoute('post', '/officers/:id/recovery', act, async (visit) => {
    const { reason } = readFields(visit, recoveryForm);
    await perform(visit, 'recovery_asked', (one, change) => askRecovery(one, { ...change, reason }));
  }),

  consoleRoute('post', '/officers/:id/household/:person/remove', act, async (visit) => {
    const { reason } = readFields(visit, removeForm);
    const id = z.uuid().safeParse(visit.ctx.params.person).data ?? '';
    const target = await readOfficer(visit);
    await perform(visit, 'household_removed', async (one, { officerId, by }) => {
      if (officerId === by.id) return 'own';
      if (!covers(by.communes, target.communes)) return 'out_of_scope';
      const removed = id !== '' && (await removeDeclared(one, { officerId, id, reason, by: by.id }));
      return removed ? undefined : 'not_found';
    });
  }),

  consoleRoute('post', '/officers/:id/link', act, async (visit) => {
    const { scope, ctx, officer } = visit;
    const target = await readOfficer(visit);
    if (target.status !== 'invited' || !covers(officer.communes, target.communes))
      return goTo(ctx, `${list}/${target.id}?fault=out_of_scope`);
    const given = { officerId: target.id, kind: 'invitation', by: officer } as const;
    const token = await performAct(scope.deps, (one) => issueLink(one, scope.deps.random, given));
    showLink(visit, target, 'invitation', token);
  }),

  consoleRoute('post', '/recoveries/:id', act, async (visit) => {
    const { scope, ctx, officer } = visit;
    const { deps } = scope;
    const { answer } = readFields(visit, z.object({ answer: z.enum(['agree', 'refuse']) }));
    const proposalId = z.uuid().safeParse(ctx.params.id).data ?? '';
    if (!proposalId) return goTo(ctx, list);
    const given = { proposalId, agree: answer === 'agree', by: officer };
    const result = await performAct(deps, (one) => answerRecovery(one, deps.random, given));
    if ('fault' in result) return goTo(ctx, `${list}?fault=${result.fault}`);
    if (!result.token) return goTo(ctx, `${list}?done=recovery_refused`);
    ctx.params.id = result.officerId;
    showLink(visit, await readOfficer(visit), 'recovery', result.token);
  }),
];

async function invite(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { deps } = scope;
  const form = readFields(visit, newForm);
  const { role, communes } = readRights(form);
  const login = normaliseLogin(form.login);
  if (!login || !communes) return goTo(ctx, `${list}/new?fault=${login ? 'no_commune' : 'login'}`);
  const given = { login, name: form.name, role, communes, by: officer };
  const made = await performAct(deps, async (one) => {
    const added = await addOfficer(one, given);
    if ('fault' in added) return added;
    const link = { officerId: added.id, kind: 'invitation', by: officer } as const;
    return { id: added.id, token: await issueLink(one, deps.random, link) };
  });
  if ('fault' in made) return goTo(ctx, `${list}/new?fault=${made.fault}`);
  showLink(visit, { ...given, id: made.id, status: 'invited' }, 'invitation', made.token);
}

type Change = { officerId: string; by: Officer };

/** Does one act about the officer of the page, and goes back there with what came of it. */
async function perform(
  visit: SignedInVisit,
  done: string,
  work: (act: Act, change: Change) => Promise<string | undefined>,
): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { id } = await readOfficer(visit);
  const fault = await performAct(scope.deps, (one) => work(one, { officerId: id, by: officer }));
  goTo(ctx, `${list}/${id}?${fault ? `fault=${fault}` : `done=${done}`}`);
}

/** The communes of a form: none for the whole province, undefined when nothing was chosen. */
function readRights({ role, province, communes }: z.infer<typeof rightsForm>) {
  const chosen = [communes].flat();
  if (province) return { role, communes: [] };
  return { role, communes: chosen.length > 0 ? chosen : undefined };
}

/** Shown once, as the answer to the form: the address is nowhere else, not even with us. */
function showLink(visit: SignedInVisit, target: Officer, kind: InvitationKind, token: string): void {
  const { scope, ctx } = visit;
  const link = `${scope.deps.config.issuer}/console/invitation/${token}`;
  sendPage(
    ctx,
    consoleLinkPage({ page: consoleProps(visit), kind, name: target.name, link, backHref: list }),
  );
}
