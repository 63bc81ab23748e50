/** docs/errors.md says what the code says: every code that a person may see, with its status and both sentences. */
import { expect, test } from 'vitest';
import { readErrorDocs, renderErrorDocs } from '../scripts/error-docs.ts';
import { errorStatus } from '../src/errors.ts';

test('docs/errors.md is up to date', async () => {
  expect(await readErrorDocs()).toBe(renderErrorDocs());
});

test('every code has one line of five cells', () => {
  const rows = renderErrorDocs()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => /^\| `(\w+)` +\| (\d+) +\|/.exec(row)?.slice(1))).toEqual(
    Object.entries(errorStatus).map(([code, status]) => [code, String(status)]),
  );
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
});
