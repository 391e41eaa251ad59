import { change, emit } from '../events.js';
import { invalid } from '../failure.js';
import { type DisputeStatus, newDispute, newRefund } from '../shapes/disputes.js';
import type { Charge, Dispute, Refund } from '../state/payment-objects.js';
import type { World } from '../world.js';

const CLOSED: readonly string[] = ['won', 'lost', 'warning_closed', 'prevented'];

/** The customer's bank contests a charge. The invoice goes on reading `paid`, whatever becomes of the dispute. */
export function openDispute(
  world: World,
  charge: Charge,
  of: { amount?: number | undefined; reason: string; status: DisputeStatus },
): Dispute {
  const plan = { amount: of.amount ?? charge.amount, reason: of.reason, status: of.status };
  const dispute = world.store.disputes.add(newDispute(world.clock.now(), charge, plan));
  const inquiry = of.status.startsWith('warning');
  if (!inquiry) charge.disputed = true;
  emit(world, 'charge.dispute.created', dispute);
  if (!inquiry) emit(world, 'charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

/** The dispute moves on; its end is told as `closed`, and money that comes back by an event of its own. */
export function moveDispute(world: World, dispute: Dispute, status: DisputeStatus): void {
  const closed = CLOSED.includes(status);
  change(world, dispute, { status }, closed ? 'charge.dispute.closed' : 'charge.dispute.updated');
  if (status === 'won') emit(world, 'charge.dispute.funds_reinstated', dispute);
}

/** Gives money back. Refused for more than is left, and while a chargeback has already taken it. */
export function refund(world: World, charge: Charge, wanted: number | undefined): Refund {
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = wanted ?? left;
  if (charge.disputed) {
    throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  }
  if (left === 0) {
    throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  }
  if (amount <= 0 || amount > left) {
    throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: 'amount',
    });
  }
  const made = world.store.refunds.add(newRefund(world.clock.now(), charge, amount));
  const amount_refunded = charge.amount_refunded + amount;
  emit(world, 'refund.created', made);
  change(world, charge, { amount_refunded, refunded: amount === left }, 'charge.refunded');
  return made;
}
