import { expect } from 'vitest';
import { createOrders } from '../../src/dispatcher/orders.js';
import { decisionId, signDecision } from '../../src/guard/decision-proof.js';
import { asksById } from './lives-whole.js';
import { caseOf, sendInvoice, settleIn, untilCase, untilStage, type Life } from './lives.js';
import type { Ways } from './stack.js';

// Whatever was told holds although parts are down and wait to be forgiven: a date is told anew only when it has passed for
// longer than its notice was. Between the day of the deletion and its end lie three kills, before that of the pause one.
export const killedPolicy = `name: killed
retryWindow: 0s
reminders:
  - after: 2s
limit:
  after: 12s
pause:
  after: 63s
  lead: 60s
decommission:
  after: 64s
  retention: 2m
  approval: 1h
  approvers: [ops@forbear.test]
dwell: 1s
longestEpisode: 1h
contact: help@forbear.test
recheck: 3s
holdRetry: 3s
`;

/** Where a life can be struck that is an act: of the debtors, and in the end of the payers. */
export const acts = {
  reminder: { of: 'debtor', step: 'remind' },
  limit: { of: 'debtor', step: 'limit' },
  pause: { of: 'debtor', step: 'pause' },
  question: { of: 'debtor', step: 'ask' },
  deletion: { of: 'debtor', step: 'decommission' },
  lift: { of: 'payer', step: 'lift' },
  thanks: { of: 'payer', step: 'close' },
} as const;
export type ActPoint = keyof typeof acts;
export const actPoints = Object.keys(acts) as readonly ActPoint[];

/** Beside the acts, what others do: an event that is not dispatched yet, and the decision on the deletion. */
export type Point = ActPoint | 'event' | 'approval';
export const points: readonly Point[] = ['event', 'approval', ...actPoints];
export const isAct = (point: Point): point is ActPoint => point in acts;

/** One never pays and is deleted in the end, the other pays when his deletion waits for its approval. */
export type Pair = { readonly debtor: Life; readonly payer: Life };

/** What happens at a point: `act` is what people do there. */
export type At = (point: Point, act?: () => Promise<unknown>) => Promise<void>;

// Twice what any step takes, the retention among them, while its part is down and the machine is busy.
export const patienceMs = 300_000;

export const settlePair = async (ways: Ways, when: string): Promise<Pair> => ({
  debtor: await settleIn(ways, `Debtor struck ${when}`),
  payer: await settleIn(ways, `Payer struck ${when}`),
});

/** Lives all pairs in step. The payers come last: what is held of one kind is never held while the other is struck. */
export async function liveThrough(ways: Ways, pairs: readonly Pair[], at: At): Promise<void> {
  const debtors = pairs.map(({ debtor }) => debtor);
  const payers = pairs.map(({ payer }) => payer);
  const reach = (lives: readonly Life[], stage: Parameters<typeof untilStage>[2]) =>
    all(lives, (life) => untilStage(ways, life, stage, patienceMs));
  await at('event', () => all(debtors, (debtor) => sendInvoice(ways, debtor, 4_900)));
  await at('reminder');
  await reach(debtors, 'reminded');
  const bills = await all(payers, (payer) => sendInvoice(ways, payer, 12_300));
  await reach(payers, 'reminded');
  await at('limit');
  await at('pause');
  await at('question');
  await all(debtors, (debtor) => untilAsked(ways, debtor));
  await at('approval', () => all(debtors, (debtor) => approve(ways, debtor)));
  await at('deletion');
  await reach(debtors, 'decommissioned');
  await all(payers, (payer) => untilAsked(ways, payer));
  await all(bills, (bill) => ways.stripe.invoices.pay(bill));
  await at('lift');
  await at('thanks');
  await reach(payers, 'recovered');
}

export const all = <One, Result>(ones: readonly One[], work: (one: One) => Promise<Result>) =>
  Promise.all(ones.map(work));

const untilAsked = (ways: Ways, life: Life) =>
  untilCase(ways, life, 'asked', ({ file }) => file.approval !== null, patienceMs);

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
  const { file } = (await caseOf(ways, life)) ?? {};
  const { id = '', expiresAt = 0 } = file?.approval ?? {};
  const [by, secret = ''] = ['ops@forbear.test', ways.at.settings['FORBEAR_LINK_SECRET']];
  const decision = { approval: id, approved: true, by, expiresAt };
  const input = { plan: id, by, reason: 'never paid', proof: signDecision(secret, decision) };
  const order = { kind: 'approve', id: decisionId(secret, id), input } as const;
  expect(await createOrders(ways.temporal).send(life, order)).toMatchObject({ status: 'taken' });
}
