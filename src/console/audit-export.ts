/** Lines of the audit log as a signed file. */
import { Readable } from 'node:stream';
import { messagesFor } from '../../views/messages.ts';
import { recordEvent } from '../audit/audit.ts';
import { type ExportEnd, exportLines } from '../audit/export.ts';
import type { AuditQuestion } from '../audit/search.ts';
import { dayInVietnam } from '../http/vietnam-day.ts';
import { type ZipEntry, zipFiles } from '../http/zip.ts';
import { DetachedSigner, EXPORT_TYPE } from '../oidc/detached-jws.ts';
import { findSigningKey } from '../oidc/keys.ts';
import { hrefOf, meanAsked, readAsked } from './audit-question.ts';
import { goTo } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

/** Some 40 MB of text; more is taken by stretches of time. */
export const MOST_EXPORTED = 100_000;
const NAME = 'tay-ninh-id-audit.csv';

export const auditExportRoutes: ConsoleRoute[] = [
  consoleRoute('post', '/audit/export', { right: 'audit.read', stepUp: true }, async (visit) => {
    const { scope, ctx, officer } = visit;
    const { deps } = scope;
    const { before: _before, ...asked } = readAsked(visit.fields);
    const meant = await meanAsked(deps, asked, messagesFor(ctx.state.lang).account.ledger.auditPurposes);
    if ('fault' in meant) return goTo(ctx, hrefOf(asked));
    const { question, account, purpose, noted } = meant;
    await recordEvent(deps, {
      event: 'audit.exported',
      account,
      actor: officer.id,
      purpose,
      question: noted,
    });
    const now = deps.clock();
    ctx.type = 'application/zip';
    ctx.attachment(`tay-ninh-id-audit-${dayInVietnam(now)}.zip`);
    ctx.body = Readable.from(zipFiles(exported(visit, question, now), now));
  }),
];

async function* exported(
  { scope }: SignedInVisit,
  question: AuditQuestion,
  now: Date,
): AsyncGenerator<ZipEntry> {
  const { deps } = scope;
  const iat = Math.floor(now.getTime() / 1000);
  const signer = new DetachedSigner(await findSigningKey(deps), { typ: EXPORT_TYPE, iat });
  let end: ExportEnd | undefined;
  const parts = async function* () {
    const lines = exportLines(deps.db, question, MOST_EXPORTED);
    for (;;) {
      const part = await lines.next();
      if (part.done) {
        end = part.value;
        return;
      }
      signer.update(Buffer.from(part.value));
      yield part.value;
    }
  };
  yield { name: NAME, parts: parts() };
  yield { name: `${NAME}.jws`, parts: once(`${signer.finish()}\n`) };
  if (end?.next)
    yield { name: 'NOT-ALL.txt', parts: once(`There are more lines before number ${end.next}.\n`) };
}

async function* once(text: string) {
  yield text;
}
