/**
 * docs/errors.md is generated from src/errors.ts and views/i18n, never written by hand. Without arguments: checks
 * that it says what the code says (exit code 1 when it does not); with --write: writes it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { type ErrorCode, errorStatus } from '../src/errors.ts';
import { messagesFor } from '../views/messages.ts';

const path = new URL('../docs/errors.md', import.meta.url);

const head = `# Errors that a person may see

<!-- Generated from src/errors.ts and views/i18n. Change those, then: npm exec -- node scripts/error-docs.ts --write -->

Every error page shows its code and the id of the request. The id is also in the header \`X-Request-Id\` and in the
log, so a call to the helpdesk finds the line. A caller that prefers JSON gets
\`{"error": "<code>", "request_id": "<id>"}\` with the same status from our own pages.

What an app is told at its redirect address, and at the token endpoint, are the errors of OAuth 2.0 and OpenID Connect
instead: see [relying-party.md](relying-party.md).

`;

const titles = ['code', 'status', 'Tiếng Việt', 'English', 'what to do'];

/** The whole page. */
export function renderErrorDocs(): string {
  const [vi, en] = [messagesFor('vi').errors, messagesFor('en').errors];
  const rows = (Object.keys(errorStatus) as ErrorCode[]).map((code) => [
    `\`${code}\``,
    String(errorStatus[code]),
    `**${vi[code].title}.** ${vi[code].text}`,
    `**${en[code].title}.** ${en[code].text}`,
    `${vi[code].advice}<br>${en[code].advice}`,
  ]);
  return head + drawTable([titles, ...rows]);
}

/** A Markdown table with its columns in line, as the formatter wants it. */
function drawTable(rows: string[][]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  const [first = [], ...others] = cells;
  return [first, rule, ...others]
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`)
    .join('');
}

/** The page as it lies in docs; empty when there is none. */
export async function readErrorDocs(): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

if (import.meta.main) {
  if (process.argv.includes('--write')) {
    await writeFile(path, renderErrorDocs());
  } else if ((await readErrorDocs()) !== renderErrorDocs()) {
    console.error(
      'docs/errors.md does not say what the code says. Run: npm exec -- node scripts/error-docs.ts --write',
    );
    process.exitCode = 1;
  }
}
