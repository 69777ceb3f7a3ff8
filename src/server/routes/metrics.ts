import type { Hono } from 'hono';
import type { ClientAddress } from '../client-address.ts';
import type { Face } from '../face.ts';
import { isAdministrator } from '../gate.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import type { RegistryMetrics } from '../registry-metrics.ts';
import { mount } from '../resource.ts';
import type { Vitals } from '../vitals.ts';

/** Who may see the metrics: programs on this machine, anybody, nobody. */
export type MetricsAccess = 'local' | 'public' | 'off';

export interface MetricsParts {
  readonly metrics: RegistryMetrics;
  readonly access: MetricsAccess;
  readonly addressOf: ClientAddress;
  readonly look: () => Promise<Vitals>;
}

/** `/metrics`: what Prometheus asks for. Whom it is not for finds nothing there. */
export function mountMetrics(app: Hono, face: Face, { metrics, access, addressOf, look }: MetricsParts): void {
  mount(app, face, '/metrics', {
    GET: async (c) => {
      const isAllowed =
        access === 'public' ||
        (access === 'local' && isAdministrator(c)) ||
        (access === 'local' && addressOf(c).isLocal);
      if (!isAllowed) return replyProblem(c, face, toNotFound('There is nothing at this address.'));
      const { sparql, confirmation, isReadOnly } = face.registry;
      const facts = { now: face.now(), queries: sparql.load(), mail: confirmation?.state, isReadOnly };
      c.header('Cache-Control', 'no-store');
      return c.body(await metrics.write(await look(), facts), {
        headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
      });
    },
  });
}
