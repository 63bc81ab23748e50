/** Registering and changing clients and services, switching them off and on, and new secrets. */
import { z } from 'zod';
import { type Act, performAct } from '../audit/audit.ts';
import { changeClient, disableClient, registerClient, rotateSecret } from '../registry/changes.ts';
import type { Fault } from '../registry/rules.ts';
import {
  changeService,
  disableService,
  registerService,
  rotateServiceSecret,
} from '../registry/service-changes.ts';
import type { Change, Changed, Registrar } from '../registry/steps.ts';
import { type Found, hrefOf, type Kind, readEntry, shapeOf, showForm, showSecret } from './clients.ts';
import { goTo, readFields } from './pages.ts';
import { readMembers, readScopes } from './registry-form.ts';
import { type ConsoleRoute, consoleRoute, type Rule, type SignedInVisit } from './rights.ts';

const manage = { right: 'clients.manage', stepUp: true } as const satisfies Rule;

export const clientActRoutes: ConsoleRoute[] = (['clients', 'services'] as const).flatMap((kind) => [
  consoleRoute('post', `/${kind}`, manage, (visit) => save(visit, kind)),
  consoleRoute('post', `/${kind}/:id`, manage, async (visit) =>
    save(visit, kind, await readEntry(visit, kind)),
  ),
  consoleRoute('post', `/${kind}/:id/turn`, manage, async (visit) => {
    const found = await readEntry(visit, kind);
    const { to } = readFields(visit, z.object({ to: z.enum(['on', 'off']) }));
    const changed = await change(visit, (act, registrar) =>
      found.kind === 'clients'
        ? disableClient(act, registrar, found.entry.client_id, to)
        : disableService(act, registrar, found.entry.resource, to),
    );
    goTo(visit.ctx, `${hrefOf(found)}?${changed.ok ? `done=${to}` : 'fault=state'}`);
  }),
  consoleRoute('post', `/${kind}/:id/secret`, manage, async (visit) => {
    const found = await readEntry(visit, kind);
    const changed = await change(visit, (act, registrar) =>
      found.kind === 'clients'
        ? rotateSecret(act, registrar, found.entry.client_id)
        : rotateServiceSecret(act, registrar, found.entry.resource),
    );
    if (!changed.ok || !changed.change.secret) return goTo(visit.ctx, `${hrefOf(found)}?fault=state`);
    showSecret(visit, found, changed.change.secret);
  }),
]);

async function save(visit: SignedInVisit, kind: Kind, found?: Found): Promise<void> {
  const { ctx, fields } = visit;
  const shape = await shapeOf(visit, kind, !found);
  const before = found?.entry as Record<string, unknown> | undefined;
  const read = readMembers(fields, shape, before);
  const scopes = kind === 'services' ? { scopes: readScopes(fields) } : {};
  const typed: Record<string, unknown> = {
    ...(read ?? readMembers({ ...fields, more: '' }, shape, before)),
    ...scopes,
  };
  const faulty = (faults: readonly Fault[]) =>
    showForm(visit, { kind, ...(found ? { found } : {}), typed, faults });
  if (!read) return faulty([{ path: ['more'], reason: 'is no JSON object' }]);
  const changed = await change(visit, (act, registrar) => write(act, registrar, { kind, found, typed }));
  if (!changed.ok) return faulty(changed.faults);
  ctx.params.id = found?.entry.client_id ?? String(typed.client_id);
  const now = await readEntry(visit, kind);
  const { secret } = changed.change;
  if (secret) return showSecret(visit, now, secret);
  goTo(ctx, `${hrefOf(now)}?done=saved`);
}

function write(
  act: Act,
  registrar: Registrar,
  { kind, found, typed }: { kind: Kind; found: Found | undefined; typed: Record<string, unknown> },
): Promise<Changed> {
  if (found)
    return found.kind === 'clients'
      ? changeClient(act, registrar, found.entry.client_id, typed)
      : changeService(act, registrar, found.entry.resource, typed);
  const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== null));
  return kind === 'clients' ? registerClient(act, registrar, given) : registerService(act, registrar, given);
}

class Refused extends Error {}

/** Runs one change in its act; what was refused changes nothing. */
async function change(
  { scope, officer }: SignedInVisit,
  work: (act: Act, registrar: Registrar) => Promise<Changed>,
): Promise<{ ok: true; change: Change } | { ok: false; faults: readonly Fault[] }> {
  let faults: readonly Fault[] = [];
  try {
    const { deps } = scope;
    const done = await performAct(deps, async (act) => {
      const changed = await work(act, { ...deps, actor: officer.id });
      if (changed.ok) return changed.change;
      faults = changed.faults;
      throw new Refused();
    });
    return { ok: true, change: done };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, faults };
    throw error;
  }
}
