import { moveDispute, refund } from '../billing/disputes.js';
import { change } from '../events.js';
import { invalid, missingParam, noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import { EVIDENCE } from '../shapes/disputes.js';
import type { Charge, Dispute } from '../state/payment-objects.js';
import type { World } from '../world.js';

function chargeFrom(world: World, form: Form): Charge {
  const named = form.text('charge');
  const intent = form.text('payment_intent');
  if (named === undefined && intent === undefined) throw missingParam('charge');
  const id = named ?? world.store.paymentIntents.get(intent ?? '')?.latest_charge ?? '';
  const charge = world.store.charges.get(id);
  if (!charge)
    throw noSuch(named === undefined ? 'payment_intent' : 'charge', named ?? intent ?? '', 'charge');
  return charge;
}

function disputeById(world: World, id: string): Dispute {
  const dispute = world.store.disputes.get(id);
  if (!dispute) throw noSuch('dispute', id);
  return dispute;
}

/** Evidence is kept as a draft until `submit`, which can be done once. */
function update(world: World, form: Form, dispute: Dispute): Dispute {
  form.allow('evidence', 'submit', 'metadata');
  if (!dispute.status.endsWith('needs_response'))
    throw invalid('This dispute can no longer be responded to.');
  const given = form.child('evidence').allow(...EVIDENCE);
  const evidence = { ...dispute.evidence };
  for (const field of EVIDENCE) if (given.has(field)) evidence[field] = given.text(field) ?? null;
  const has_evidence = EVIDENCE.some((field) => typeof evidence[field] === 'string');
  const submitted = form.flag('submit') === true;
  const details = { ...dispute.evidence_details, has_evidence };
  if (submitted)
    Object.assign(details, { submission_count: details.submission_count + 1, submission_method: 'manual' });
  const metadata = form.metadata(dispute.metadata);
  const changes = { evidence, evidence_details: details, metadata };
  if (!submitted) change(world, dispute, changes, 'charge.dispute.updated');
  else {
    Object.assign(dispute, changes);
    moveDispute(
      world,
      dispute,
      dispute.status === 'needs_response' ? 'under_review' : 'warning_under_review',
    );
  }
  return dispute;
}

export const disputeRoutes: readonly Route[] = [
  // By charge or by payment intent only: customers can't be asked for their disputes.
  get('/v1/disputes', ({ world, form }) => {
    form.allow(...PAGING, 'charge', 'payment_intent', 'created');
    const charge = form.text('charge');
    const intent = form.text('payment_intent');
    const created = within(form, 'created');
    return listPage(world.store.disputes, form, {
      url: '/v1/disputes',
      where: (row) =>
        (charge === undefined || row.charge === charge) &&
        (intent === undefined || row.payment_intent === intent) &&
        created(row.created),
    });
  }),
  get('/v1/disputes/:id', ({ world, id }) => disputeById(world, id)),
  post('/v1/disputes/:id', ({ world, form, id }) => update(world, form, disputeById(world, id))),
  post('/v1/disputes/:id/close', ({ world, id }) => {
    const dispute = disputeById(world, id);
    moveDispute(world, dispute, dispute.status.startsWith('warning') ? 'warning_closed' : 'lost');
    return dispute;
  }),
  post('/v1/refunds', ({ world, form }) => {
    form.allow('charge', 'payment_intent', 'amount', 'reason', 'metadata');
    const made = refund(world, chargeFrom(world, form), form.integer('amount'));
    made.reason = form.oneOf('reason', ['duplicate', 'fraudulent', 'requested_by_customer']) ?? null;
    made.metadata = form.metadata();
    return made;
  }),
  get('/v1/refunds', ({ world, form }) => {
    form.allow(...PAGING, 'charge', 'payment_intent', 'created');
    const charge = form.text('charge');
    const intent = form.text('payment_intent');
    const where = (row: { charge: string; payment_intent: string }) =>
      (charge === undefined || row.charge === charge) &&
      (intent === undefined || row.payment_intent === intent);
    return listPage(world.store.refunds, form, { url: '/v1/refunds', where });
  }),
  get('/v1/refunds/:id', ({ world, id }) => {
    const made = world.store.refunds.get(id);
    if (!made) throw noSuch('refund', id);
    return made;
  }),
];
