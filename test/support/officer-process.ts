/**
 * A process of its own that is in the middle of deciding a case when it is killed: it has taken the case, the decision is
 * written, nothing is committed. Says so on its standard output and then waits for the end.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { performAct } from '../../src/audit/audit.ts';
import { openDatabase } from '../../src/db/database.ts';
import { Keyring } from '../../src/keyring.ts';
import { decideCase } from '../../src/officer/case-decisions.ts';
import { takeCase } from '../../src/officer/case-queue.ts';
import { findOfficer } from '../../src/officer/officers.ts';

const [url = '', officerId = '', caseId = '', at = ''] = process.argv.slice(2);
const db = openDatabase(url, 2);
const clock = () => new Date(Number(at));
const keyring = new Keyring([{ id: 1, key: randomBytes(32) }]);
const officer = await findOfficer(db, officerId);
if (!officer) throw new Error('no such officer');
const taken = await performAct({ db, clock }, (act) => takeCase(act, officer, caseId));
await performAct({ db, clock }, async (act) => {
  const given = {
    caseId,
    outcome: 'reject',
    reason: 'another_face',
    note: 'half',
    photo: undefined,
  } as const;
  const made = await decideCase(act, keyring, officer, given);
  process.stdout.write(`${taken} ${'fault' in made ? made.fault : 'decided'}\n`);
  await setTimeout(60_000);
});
