/**
 * OpenID Connect Back-Channel Logout 1.0: services hear that a session ended. Delivered by jobs, so that nobody who
 * signs out waits for a slow service, and tried again when it does not answer (§2.8).
 */
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { addJob } from '../db/jobs.ts';
import type { Deps } from '../deps.ts';
import { BACK_CHANNEL_LOGOUT } from './sessions.ts';

const job = z.object({ client: z.string(), account: z.string(), sid: z.string().optional() });

type Deliver = (this: unknown, sub: string, sid: string | undefined) => Promise<void>;
type ClientModel = { clientId: string; backchannelLogout: Deliver };

/** Puts a job in the place of the provider's own call, and returns what runs the job. */
export function deliverLogoutByJobs(
  provider: Provider,
  { db, log }: Pick<Deps, 'db' | 'log'>,
): (payload: unknown) => Promise<void> {
  const model = provider.Client.prototype as unknown as ClientModel;
  const deliver = model.backchannelLogout;
  model.backchannelLogout = async function enqueue(this: unknown, account, sid) {
    const { clientId } = this as ClientModel;
    await addJob(db, BACK_CHANNEL_LOGOUT, { client: clientId, account, ...(sid ? { sid } : {}) });
  };
  return async (payload) => {
    const { client: clientId, account, sid } = job.parse(payload);
    const client = await provider.Client.find(clientId);
    if (!client?.backchannelLogoutUri) return;
    try {
      await deliver.call(client, account, sid);
    } catch (error) {
      const status = (error as { response?: { status?: number } }).response?.status;
      // §2.8: 400 says that the request itself is wrong; another try would say the same.
      if (status !== 400) throw error;
      log.warn({ client: clientId }, 'a service refused a logout token');
    }
  };
}
