import { expect } from 'vitest';
import { createOrders } from '../../src/dispatcher/orders.js';
import { decisionId, signDecision } from '../../src/guard/decision-proof.js';
import { asksById } from './lives-whole.js';
import { sendInvoice, settleIn, untilCase, untilStage, type Life } from './lives.js';
import type { Ways } from './stack.js';

// Whatever was told holds although a part is down for more than half a minute: a date is told anew only when it has passed
// for longer than its notice was.
export const killedPolicy = `name: killed
retryWindow: 0s
reminders:
  - after: 2s
limit:
  after: 12s
pause:
  after: 46s
  lead: 43s
decommission:
  after: 47s
  retention: 43s
  approval: 1h
  approvers: [ops@forbear.test]
dwell: 1s
longestEpisode: 1h
contact: help@forbear.test
recheck: 3s
holdRetry: 3s
`;

/** Where a life can be struck: the payer when it is lifted, the debtor everywhere else. */
export const points = ['event', 'reminder', 'limit', 'pause', 'lift', 'approval', 'deletion'] as const;
export type Point = (typeof points)[number];

/** One never pays and is deleted in the end, the other pays when it is paused. */
export type Lives = { readonly debtor: Life; readonly payer: Life };

/** What happens at a point: `act` is what people do there. */
export type At = (point: Point, act?: () => Promise<unknown>) => Promise<void>;

// Twice what any step takes while its part is down and the machine is busy.
export const patienceMs = 150_000;

export const settleBoth = async (ways: Ways): Promise<Lives> => ({
  debtor: await settleIn(ways, 'Debtor'),
  payer: await settleIn(ways, 'Payer'),
});

export async function liveThrough(ways: Ways, { debtor, payer }: Lives, at: At): Promise<void> {
  await at('event', () => sendInvoice(ways, debtor, 4_900));
  await at('reminder');
  await untilStage(ways, debtor, 'reminded', patienceMs);
  const bill = await sendInvoice(ways, payer, 12_300);
  await untilStage(ways, payer, 'reminded', patienceMs);
  await at('limit');
  await at('pause');
  await untilCase(ways, debtor, 'paused', ({ file }) => file.rounds.pause === 1, patienceMs);
  // Its final notice is out, too.
  await untilStage(ways, payer, 'decommissioning', patienceMs);
  await ways.stripe.invoices.pay(bill);
  await at('lift');
  await untilStage(ways, payer, 'recovered', patienceMs);
  await untilCase(ways, debtor, 'asked', ({ file }) => file.approval !== null, patienceMs);
  await at('approval', () => approve(ways, debtor));
  await at('deletion');
  await untilStage(ways, debtor, 'decommissioned', patienceMs);
}

/** Presses the button behind the link of the approver's mail. Throws unless the approval stands. */
async function approve(ways: Ways, life: Life): Promise<void> {
  const [[mail] = []] = [...(await asksById(ways, life)).values()];
  const link = /http:\S+\/approvals\/[\w.-]+/.exec(mail?.text ?? '')?.[0] ?? '';
  const body = new URLSearchParams({ decision: 'approve', reason: 'never paid' });
  const answer = await fetch(link, { method: 'POST', body, signal: AbortSignal.timeout(30_000) });
  const page = await answer.text();
  if (!page.includes('You approved') && !page.includes('decided already'))
    throw new Error(`${answer.status} ${page}`);
}

/** The same order once more, as somebody sends it who got no answer. */
export async function approveAgain(ways: Ways, life: Life): Promise<void> {
  const { file } = await untilCase(ways, life, 'asked', ({ file: { approval } }) => approval !== null);
  const { id = '' } = file.approval ?? {};
  const [by, secret = ''] = ['ops@forbear.test', ways.at.settings['FORBEAR_LINK_SECRET']];
  const decision = { approval: id, approved: true, by, expiresAt: file.approval?.expiresAt ?? 0 };
  const input = { plan: id, by, reason: 'never paid', proof: signDecision(secret, decision) };
  const order = { kind: 'approve', id: decisionId(secret, id), input } as const;
  expect(await createOrders(ways.temporal).send(life, order)).toMatchObject({ status: 'taken' });
}
