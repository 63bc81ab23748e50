/**
 * The way back in for an officer who has lost password or factor: one supervisor asks, another one agrees, and gets a
 * one-time link to hand over. Whoever it is for takes no part in it. What was set before counts until the link is used.
 */
import type { Act } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { issueLink } from './invitations.ts';
import { covers, findOfficer } from './officers.ts';
import { answerProposal, findProposal, propose } from './proposals.ts';
import type { Officer } from './roles.ts';

export type RecoveryFault = 'not_found' | 'own' | 'out_of_scope' | 'asked_already';

export async function askRecovery(
  act: Act,
  { officerId, reason, by }: { officerId: string; reason: string; by: Officer },
): Promise<RecoveryFault | undefined> {
  const fault = await findFault(act, officerId, by);
  if (fault) return fault;
  const id = await propose(act, { kind: 'officer_recovery', subject: officerId, reason, by: by.id });
  return id ? undefined : 'asked_already';
}

/** The second supervisor's answer; with their yes comes the token of the link. */
export async function answerRecovery(
  act: Act,
  random: Deps['random'],
  { proposalId, agree, by }: { proposalId: string; agree: boolean; by: Officer },
): Promise<{ fault: RecoveryFault } | { officerId: string; token?: string }> {
  const kind = 'officer_recovery';
  const asked = await findProposal(act, proposalId, kind);
  const fault = asked && (await findFault(act, asked.subject, by));
  if (!asked || fault) return { fault: fault ?? 'not_found' };
  const proposal = await answerProposal(act, { id: proposalId, kind, agree, by: by.id });
  if (proposal === 'own') return { fault: 'own' };
  if (!proposal) return { fault: 'not_found' };
  const officerId = proposal.subject;
  if (!agree) return { officerId };
  return { officerId, token: await issueLink(act, random, { officerId, kind: 'recovery', by }) };
}

async function findFault({ trx }: Act, officerId: string, by: Officer): Promise<RecoveryFault | undefined> {
  const officer = await findOfficer(trx, officerId);
  if (officer?.status !== 'active') return 'not_found';
  if (officer.id === by.id) return 'own';
  return covers(by.communes, officer.communes) ? undefined : 'out_of_scope';
}
