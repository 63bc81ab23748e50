/**
 * Numbers for the operator, in Prometheus' text form. Labels are bounded: patterns of routes, methods, classes of
 * statuses, names out of our own catalogues; never an id, an address or a client.
 *
 * Loaded only where there is a port for them (main.ts): everybody else finds `deps.metrics` undefined.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

type Event = { event: string; method?: unknown; kind?: unknown; reason?: unknown };

/** Events whose `reason` is a code of ours; elsewhere it may be an officer's sentence. */
const reasoned = new Set(['sign_in.refused', 'step_up.refused', 'factor.refused']);

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'route' | 'method' | 'status'>;
  readonly #upstreams: Histogram<'upstream' | 'outcome'>;
  readonly #events: Counter<'event' | 'method' | 'reason'>;
  readonly #introspections: Counter<'outcome'>;
  readonly #notices: Counter<'outcome'>;

  constructor() {
    const registers = [this.#registry];
    // Memory, garbage collection, event loop lag (nodejs_eventloop_lag_…).
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'tnid_http_request_duration_seconds',
      help: 'Requests by pattern of the route',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
    this.#upstreams = new Histogram({
      name: 'tnid_upstream_request_duration_seconds',
      help: 'Calls to upstreams and to what clients registered; outcome: a class of statuses, or failed',
      labelNames: ['upstream', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#events = new Counter({
      name: 'tnid_events_total',
      help: 'Events of the audit chain: sign-ins, step-ups, refusals, decisions',
      labelNames: ['event', 'method', 'reason'],
      registers,
    });
    this.#introspections = new Counter({
      name: 'tnid_introspections_total',
      help: 'Introspections: active, inactive, signed (not told apart), refused',
      labelNames: ['outcome'],
      registers,
    });
    this.#notices = new Counter({
      name: 'tnid_notices_total',
      help: 'Tries to send a notice through Zalo: sent, later, morning, never, unknown',
      labelNames: ['outcome'],
      registers,
    });
  }

  observeRequest(labels: { route: string; method: string; status: string }, seconds: number): void {
    this.#requests.observe(labels, seconds);
  }

  countEvent({ event, method, kind, reason }: Event): void {
    this.#events.inc({
      event,
      method: String(method ?? kind ?? ''),
      reason: reasoned.has(event) ? String(reason) : '',
    });
  }

  countIntrospection(outcome: 'active' | 'inactive' | 'signed' | 'refused'): void {
    this.#introspections.inc({ outcome });
  }

  countNotice(outcome: string): void {
    this.#notices.inc({ outcome });
  }

  /** A gauge that is read when somebody looks; each row is a value and its labels. */
  watch(
    { name, help, labelNames = [] }: { name: string; help: string; labelNames?: string[] },
    read: () => Promise<{ labels?: Record<string, string>; value: number }[]>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      async collect() {
        // What cannot be read is left out: the other numbers are wanted most when something is down.
        const rows = await read().catch(() => []);
        this.reset();
        for (const { labels = {}, value } of rows) this.set(labels, value);
      },
    });
  }

  /** `fetch`, measured: `upstreams` names addresses by how they begin; whatever is none of them is a client's. */
  measure(fetch: typeof globalThis.fetch, upstreams: ReadonlyMap<string, string>): typeof globalThis.fetch {
    return async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const upstream = [...upstreams].find(([base]) => url.startsWith(base))?.[1] ?? 'client';
      const end = this.#upstreams.startTimer({ upstream });
      try {
        const response = await fetch(input, init);
        end({ outcome: `${Math.floor(response.status / 100)}xx` });
        return response;
      } catch (error) {
        end({ outcome: 'failed' });
        throw error;
      }
    };
  }

  /** Everything, as text for Prometheus. */
  async render(): Promise<{ type: string; text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
