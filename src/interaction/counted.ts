/**
 * What reports want to know of sign-ins and no chain tells, counted as it happens: how often a citizen was asked to step
 * up, how often one began, and how often an upstream failed. No citizen is in it: an app, a way, a code.
 */
import type { Provider } from 'oidc-provider';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Handler } from '../http/state.ts';

/** Takes a count; whoever keeps it adds it up by day. */
export type Count = (
  name: 'step_ups_asked' | 'step_ups_started' | 'upstream_errors',
  key: string,
  detail?: string,
) => void;

const way = /^\/interaction\/[^/]+\/(vneid|card|pin|passkey)(\/options)?$/;
const methods: Record<string, string> = { card: 'chip' };
const upstreamErrors: Partial<Record<ErrorCode, string>> = {
  zalo_refused: 'zalo',
  zalo_unavailable: 'zalo',
  vneid_refused: 'vneid',
  vneid_unavailable: 'vneid',
};
/** Step-ups that were begun here: a second try in the same sign-in is no second beginning. */
const REMEMBERED = 20_000;

export function countSignIns(provider: Provider, count: Count): Handler {
  provider.on('interaction.started', ({ oidc }, prompt) => {
    if (prompt.name === 'level' && oidc.client) count('step_ups_asked', oidc.client.clientId);
  });
  const begun = new Set<string>();
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const upstream = error instanceof AppError ? upstreamErrors[error.code] : undefined;
      if (upstream) count('upstream_errors', upstream, (error as AppError).code);
      throw error;
    }
    const [, step] = (ctx.method === 'POST' && way.exec(ctx.path)) || [];
    const { interaction } = ctx.state;
    if (!step || interaction?.prompt !== 'level' || begun.has(interaction.uid)) return;
    if (begun.size >= REMEMBERED) begun.delete(begun.values().next().value ?? '');
    begun.add(interaction.uid);
    count('step_ups_started', interaction.client, methods[step] ?? step);
  };
}
