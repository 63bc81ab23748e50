/**
 * The composition root: takes what main.ts built, makes the provider (which is the Koa application), and mounts
 * what surrounds it, in the order in which a request meets it.
 */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { homePage } from '../views/home.ts';
import { endDueSuspensions } from './account/accounts.ts';
import { findPhone } from './account/phones.ts';
import { PinHasher } from './account/pin-hasher.ts';
import { CHECK_AUDIT, checkAudit } from './audit/checks.ts';
import { keepDailyHeads } from './audit/heads.ts';
import { cccdApi } from './cccd/api.ts';
import { ChipVerifier } from './cccd/chip-verifier.ts';
import { currentTrust, type Desk } from './cccd/hand-in.ts';
import { photoRoutes } from './cccd/photo.ts';
import { cccdRoutes } from './cccd/routes.ts';
import { PortraitDecoder } from './console/portrait.ts';
import { consoleRoutes } from './console/routes.ts';
import { openPatient } from './db/database.ts';
import { startJobs, type Tasks } from './db/jobs.ts';
import { sweepAll } from './db/sweep.ts';
import type { Deps } from './deps.ts';
import { factorRoutes } from './factors/routes.ts';
import { limitBody } from './http/body-limit.ts';
import { allowOrigins, guardPreflights, openRefusals } from './http/cors.ts';
import { askForUserCode, confirmDevice, sayDeviceDone, showScannedCode } from './http/device-pages.ts';
import { keepErrorCodes } from './http/error-codes.ts';
import { renderProviderError, showErrors } from './http/error-page.ts';
import { showFormPost } from './http/form-post-page.ts';
import { healthRoutes } from './http/health.ts';
import { requireHost } from './http/host.ts';
import { chooseLanguage } from './http/language.ts';
import { measureRequests, watchQueues } from './http/measure.ts';
import { assetRoutes, pageProps, sendPage } from './http/page.ts';
import { createRateLimits } from './http/rate-limit.ts';
import { logRequests } from './http/request-log.ts';
import { guardRoutes, openRooms } from './http/rooms.ts';
import { requireSameOrigin } from './http/same-origin.ts';
import { setHeadersPlainly, setSecurityHeaders } from './http/security-headers.ts';
import { askToSignOut, saySignedOut } from './http/sign-out-pages.ts';
import type { Context, Handler } from './http/state.ts';
import { keepStep } from './http/turn.ts';
import { countSignIns } from './interaction/counted.ts';
import { goOnAfter } from './interaction/go-on.ts';
import { interactionRoutes } from './interaction/routes.ts';
import { miniAppRoutes } from './mini-app/pages.ts';
import { arriveFromMiniApp, miniAppApi, miniAppPaths, miniAppSubjects } from './mini-app/routes.ts';
import { deliverNotices } from './notify/deliver.ts';
import { SEND_NOTICE } from './notify/outbox.ts';
import { znsMessenger } from './notify/zns.ts';
import { settleCases } from './officer/case-decisions.ts';
import { drawReAudits } from './officer/re-audits.ts';
import { deliverLogoutByJobs } from './oidc/back-channel-logout.ts';
import { ContinuedSignIns } from './oidc/continued-sign-ins.ts';
import { providerPaths } from './oidc/cors-paths.ts';
import { keepManners } from './oidc/endpoint-manners.ts';
import { logProviderEvents } from './oidc/events.ts';
import { answerIntrospection, Introspection } from './oidc/introspection.ts';
import { IntrospectionCounts } from './oidc/introspection-counts.ts';
import { openLane } from './oidc/introspection-lane.ts';
import { replaceSigningKeys } from './oidc/key-set.ts';
import { loadSigningKeys } from './oidc/keys.ts';
import { redirectPostedRequests } from './oidc/posted-requests.ts';
import { createProvider } from './oidc/provider.ts';
import { publishedHeads } from './oidc/published-heads.ts';
import { writeStepsTogether, writeTogether } from './oidc/request-memory.ts';
import { revokeJwtTokens } from './oidc/revocation.ts';
import { securityEventTasks } from './oidc/security-events.ts';
import { BACK_CHANNEL_LOGOUT } from './oidc/sessions.ts';
import { passSignedOut } from './oidc/sign-out.ts';
import { registerTokenExchange } from './oidc/token-exchange.ts';
import { followRegistry } from './registry/feed.ts';
import { judgeByProvider, Registry } from './registry/registry.ts';
import { closeCaseDays } from './reports/case-times.ts';
import { Counters } from './reports/counters.ts';
import { rollUp } from './reports/roll-up.ts';
import { rollUpUses } from './reports/uses.ts';
import { countWhatIf } from './reports/what-if.ts';
import { closeDueAccounts } from './self-service/erase.ts';
import { selfServiceRoutes } from './self-service/routes.ts';
import { fillBirthYears } from './verification/birth-years.ts';
import { tellOfEnding } from './verification/ending.ts';
import { expireVerifications } from './verification/verifications.ts';
import { vneidRoutes } from './vneid/routes.ts';
import { zaloRoutes } from './zalo/routes.ts';

export type App = {
  /** The Koa application; `callback()` serves it. */
  provider: Provider;
  /** Ends the work in the background. The database pool is the caller's to close. */
  close: () => Promise<void>;
};

export async function createApp(deps: Deps): Promise<App> {
  if (deps.config.environment === 'production') await refuseSandboxRows(deps);
  const registry = await Registry.load(deps);
  const provider = await createProvider(deps, registry, {
    renderError: renderProviderError,
    logoutSource: askToSignOut,
    postLogoutSuccessSource: saySignedOut,
    device: {
      userCodeInputSource: askForUserCode,
      userCodeConfirmSource: confirmDevice,
      successSource: sayDeviceDone,
    },
  });
  logProviderEvents(provider, deps.log);

  setHeadersPlainly(provider);
  const use = (handler: Handler) => provider.use(handler as unknown as Middleware);
  if (deps.metrics) use(measureRequests(deps.metrics));
  use(logRequests(deps));
  use(keepStep());
  // What services ask all day comes before everything that only pages need.
  const counts = new IntrospectionCounts(deps);
  const introspection = new Introspection({ deps, provider, registry, counts });
  openLane({ deps, provider, registry, introspection });
  provider.use(answerIntrospection({ deps, provider, registry, counts }, introspection));
  provider.use(revokeJwtTokens({ deps, provider, registry }));
  use(setSecurityHeaders(deps.config, providerPaths));
  use(chooseLanguage());
  use(keepErrorCodes(deps, providerPaths));
  use(showErrors(deps));
  use(requireHost(deps.config));
  use(allowOrigins({ paths: miniAppPaths, isAllowed: (origin) => registry.isMiniAppOrigin(origin) }));
  const callable = { paths: providerPaths, isAllowed: (origin: string) => registry.isClientOrigin(origin) };
  use(guardPreflights(callable));
  use(openRefusals(callable));
  provider.use(keepManners(providerPaths, deps.config.issuer));
  const limits = createRateLimits(deps);
  registerTokenExchange(provider, registry, miniAppSubjects({ deps, limits }));
  use(limits.handler);

  // Our own pages: a form comes from our own pages only, and is small.
  const home = new Router();
  home.get('/', (ctx: Context) => sendPage(ctx, homePage({ page: pageProps(ctx), ...demoOf(deps) })));
  const desk: Desk = {
    deps,
    verifier: new ChipVerifier({
      onFault: (fault) => deps.log.error({ fault }, 'a chip worker was replaced'),
    }),
  };
  const canReadCards = async () => (await currentTrust(desk)) !== undefined;
  const scope = {
    ...{ deps, provider, registry, canReadCards, desk, hasher: new PinHasher(), limits },
    arrive: arriveFromMiniApp(deps),
  };
  // A queue of its own for the hashes of officers' passwords: citizens' PINs cannot fill it.
  const passwords = new PinHasher();
  if (deps.metrics) {
    watchQueues(deps.metrics, deps, {
      pin: () => scope.hasher.inside,
      password: () => passwords.inside,
      chip: () => desk.verifier.waiting,
    });
  }
  const counters = new Counters(deps);
  const stopCounting = counters.keepFlushing(deps.log);
  const guards = [
    requireSameOrigin(),
    limitBody(),
    countSignIns(provider, (name, key, detail) => counters.count(name, key, detail)),
  ];
  const steps = [
    interactionRoutes(scope),
    zaloRoutes(scope),
    vneidRoutes(scope),
    cccdRoutes(scope),
    factorRoutes(scope),
  ].map((router) => guardRoutes([writeStepsTogether()], router));
  const pages = [
    home,
    assetRoutes(),
    publishedHeads(deps),
    healthRoutes(deps, scope),
    ...steps,
    miniAppRoutes(scope),
    selfServiceRoutes(scope),
    consoleRoutes({ deps, hasher: passwords, provider, registry, portraits: new PortraitDecoder() }),
  ].map((router) => guardRoutes(guards, router));
  const rooms = openRooms([photoRoutes(scope), ...pages, cccdApi(scope), miniAppApi(scope)]);
  use(goOnAfter(deps, provider, rooms));

  // Around the provider's own endpoints; what only a browser needs does not stand where programs call.
  const forBrowsers = (handler: Middleware): Middleware => {
    return (ctx, next) => (providerPaths.has(ctx.path) ? next() : handler(ctx, next));
  };
  provider.use(forBrowsers(redirectPostedRequests()));
  provider.use(writeTogether());
  for (const handler of [passSignedOut(), showFormPost(deps), showScannedCode()])
    provider.use(forBrowsers(handler));
  const continued = new ContinuedSignIns(deps, provider);

  if (!(await canReadCards())) {
    deps.log.warn('no certificate is pinned for cards: the way through the chip is off (cli trust import)');
  }
  registry.judgeBy(judgeByProvider(provider), deps.log);
  const feed = followRegistry(deps, registry.version, async () => {
    await registry.reload(deps);
    replaceSigningKeys(provider, await loadSigningKeys(deps));
  });
  // What is due by time, every minute, on one node.
  const patient = { ...deps, db: openPatient(deps.db) };
  const timed: Tasks = {
    sweep: () => sweepAll(patient),
    roll_up: async () => void (await rollUp(patient.db)),
    keep_daily_heads: async () => void (await keepDailyHeads(patient.db, deps.clock())),
    expire_verifications: () => expireVerifications(patient),
    draw_re_audits: () => drawReAudits(patient),
    tell_of_ending: () => tellOfEnding(patient),
    end_suspensions: () => endDueSuspensions(patient),
    roll_up_uses: () => rollUpUses(patient),
    close_case_days: () => closeCaseDays(patient),
    count_what_if: () => countWhatIf(patient),
    fill_birth_years: () => fillBirthYears(patient),
    settle_cases: () => settleCases(patient),
    close_accounts: () => closeDueAccounts({ deps: patient, registry }),
  };
  const phoneOf = (accountId: string) => findPhone(deps.db, deps.keyring, accountId);
  const tasks: Tasks = {
    ...timed,
    [CHECK_AUDIT]: checkAudit(patient),
    [BACK_CHANNEL_LOGOUT]: deliverLogoutByJobs(provider, deps),
    ...securityEventTasks({ deps, provider, registry }),
    [SEND_NOTICE]: deliverNotices(deps, { messenger: znsMessenger(deps), phoneOf }),
  };
  const jobs = await startJobs(deps, tasks, Object.keys(timed));
  return {
    provider,
    close: async () => {
      await feed.stop();
      await jobs.stop();
      await patient.db.destroy();
      await Promise.all([counts.close(), continued.close(), stopCounting()]);
      await desk.verifier.close();
    },
  };
}

/** A database that once served the sandbox holds clients with public secrets and an authority anybody can sign with. */
async function refuseSandboxRows({ db }: Deps): Promise<void> {
  const found = await Promise.all([
    db.selectFrom('clients').select('client_id as name').where('sandbox', '=', true).execute(),
    db.selectFrom('resource_servers').select('resource as name').where('sandbox', '=', true).execute(),
    db
      .selectFrom('trust_certificates')
      .select('fingerprint as name')
      .where('imported_by', '=', 'sandbox')
      .execute(),
    db.selectFrom('officers').select('login as name').where('sandbox', '=', true).execute(),
  ]);
  const names = found.flat().map(({ name }) => name);
  if (names.length > 0)
    throw new Error(`This database holds rows of the sandbox: ${names.join(', ')}. Use another one.`);
}

function demoOf({ config }: Deps): { demoHref?: string } {
  return config.environment === 'sandbox' ? { demoHref: `${config.sandboxUrl}/` } : {};
}
