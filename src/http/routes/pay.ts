import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Payer } from '../../db/queries/payers.js';
import type { AccountId } from '../../domain/ids.js';
import type { InvoiceFact } from '../../domain/standing.js';
import type { PayLinks } from '../../guard/pay-link.js';
import type { Billing } from '../../ports/billing.js';
import type { Logger } from '../../ports/logger.js';
import { pageHeaders } from '../pages/layout.js';
import { nothingOwedPage, notNowPage, onItsWayPage, tooOftenPage, unknownPayPage } from '../pages/pay.js';
import { within } from '../../within.js';

export type PayDeps = {
  readonly links: PayLinks;
  /** Whose invoices are an account's, and which of them nobody owes any more; `null` for one that isn't known. */
  readonly readPayer: (account: AccountId) => Promise<Payer | null>;
  readonly billing: Pick<Billing, 'readStanding'>;
  readonly logger: Logger;
};

const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } });
const route = createRoute({
  method: 'get',
  path: '/pay/{token}',
  operationId: 'pay',
  tags: ['Paying'],
  summary: 'Leads the customer to his oldest open invoice',
  description:
    '`payUrl` of an access answer, for people in a browser. The token is all the authority there is.',
  request: { params: z.object({ token: z.string().openapi({ param: { name: 'token', in: 'path' } }) }) },
  responses: {
    200: page('Nothing is to be paid, or a payment is on its way.'),
    303: { description: "To Stripe's page of the invoice." },
    404: page('The link is not one of ours.'),
    429: page('Opened too often.'),
    503: page("Stripe doesn't answer."),
  },
});

// Longer than Stripe needs on a bad day, shorter than people wait.
const patienceMs = 15_000;
// Each opening costs several calls at Stripe, and those are rationed.
const openings = { points: 10, duration: 60 };

/**
 * `GET /pay/:token`: 303 to the hosted page of the account's oldest open invoice, as Stripe has it now. A page in its place when
 * nothing is owed, a payment is on its way, or Stripe doesn't answer (503). Changes nothing; 404 for a token that isn't ours.
 */
export function payRoute(app: OpenAPIHono, deps: PayDeps): void {
  const limiter = new RateLimiterMemory(openings);
  app.openAPIRegistry.registerPath(route);
  app.get(route.getRoutingPath(), async (c) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    const account = deps.links.read(c.req.param('token'));
    if (account === null) return c.html(unknownPayPage, 404);
    const isLetIn = await limiter.consume(account).then(
      () => true,
      () => false,
    );
    if (!isLetIn) return c.html(tooOftenPage, 429);
    return lead(deps, c, account).catch((error: unknown) => {
      deps.logger.warn({ error, account }, 'a pay link could not be followed');
      return c.html(notNowPage, 503);
    });
  });
}

async function lead({ readPayer, billing }: PayDeps, c: Context, account: AccountId): Promise<Response> {
  const payer = await within(patienceMs, readPayer(account));
  if (payer === null) return c.html(unknownPayPage, 404);
  if (payer.customers.length === 0) return c.html(nothingOwedPage);
  const standing = await within(patienceMs, billing.readStanding(payer.customers));
  const owed = standing.invoices.filter(
    ({ id, remainingMinor }) => remainingMinor > 0 && !payer.forgiven.includes(id),
  );
  const payable = owed.filter((invoice) => invoice.processingSince === null);
  const [oldest] = payable.sort((a, b) => ageOf(a) - ageOf(b)).flatMap(({ payUrl }) => payUrl ?? []);
  if (oldest !== undefined) return c.redirect(oldest, 303);
  // What could not be read, or has no page of its own, must not look as if it were paid.
  if (payable.length > 0 || !standing.complete) return c.html(notNowPage, 503);
  return c.html(owed.length > 0 ? onItsWayPage : nothingOwedPage);
}

/** Since when it is open; of one without any date nobody knows, so it comes last. */
const ageOf = ({ dueAt, firstFailedAt, finalizedAt }: InvoiceFact) =>
  finalizedAt ?? dueAt ?? firstFailedAt ?? Infinity;
