/** What is remembered of a request lives as long as the request. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { requestContext, writeStepsTogether } from '../../src/oidc/request-memory.ts';

it('is let go when the request is over, also where a timer was set on the way', async () => {
  const ctx = { query: {}, cookies: {} } as never;
  const seen: unknown[] = [];
  let later: Promise<void> | undefined;
  await writeStepsTogether()(ctx, async () => {
    seen.push(requestContext());
    // As a limit does that forgets an address after ten minutes: without care it keeps all of the request as long.
    later = wait(20).then(() => void seen.push(requestContext()));
  });
  await later;
  expect(seen).toEqual([ctx, undefined]);
});
