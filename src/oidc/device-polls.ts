/**
 * A device asks whether its citizen is done at most every five seconds (RFC 8628 §3.5). The library leaves that to us: the
 * interval is told with the code, and who asks earlier hears `slow_down`, on whichever node they ask.
 */
import { errors, type Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { takeOnce } from './replays.ts';

const INTERVAL_S = 5;

type Code = { accountId?: string; error?: string; isExpired: boolean; clientId?: string };
type Find = (this: unknown, value: string, options?: unknown) => Promise<Code | undefined>;

export function paceDevices(provider: Provider, deps: Pick<Deps, 'db' | 'clock' | 'keyring'>): void {
  const model = provider.DeviceCode as unknown as { find: Find };
  const { find } = model;
  model.find = async function paced(value, options) {
    const code = await find.call(this, value, options);
    const { oidc } = (provider.constructor as unknown as { ctx?: { oidc?: Polling } }).ctx ?? {};
    // Only the client it was issued to is paced: nobody else can slow a device down.
    if (oidc?.route !== 'token' || !code || code.isExpired || code.clientId !== oidc.client?.clientId)
      return code;
    if (code.accountId || code.error) return code;
    const until = Math.floor(deps.clock().getTime() / 1000) + INTERVAL_S;
    if (!(await takeOnce(deps, 'DevicePoll', value, until))) throw new errors.SlowDown();
    return code;
  };
  provider.on('device_authorization.success', (_ctx, answer) => {
    Object.assign(answer, { interval: INTERVAL_S });
  });
}

type Polling = { route?: string; client?: { clientId: string } };
