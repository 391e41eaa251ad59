import { change, emit } from '../events.js';
import { invalid } from '../failure.js';
import { type CreditNotePlan, newCreditNote } from '../shapes/credit-notes.js';
import type { Invoice } from '../state/objects.js';
import type { CreditNote } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { moveBalance } from './balances.js';
import { keepDefaultInStep, reduceDebt } from './closing.js';
import { refund } from './disputes.js';
import { intentOf, paymentsOf } from './due.js';

export interface CreditNoteRequest extends Pick<CreditNotePlan, 'reason' | 'memo' | 'metadata'> {
  amount: number;
  /** Where what was already paid goes: the sum of the three is what the open debt doesn't take up. */
  toBalance: number;
  toRefund: number;
  outOfBand: number;
}

function refuseUnfit(world: World, invoice: Invoice, amount: number): void {
  if (invoice.status === 'draft' || invoice.status === 'void') {
    throw invalid(`You can't create a credit note for an invoice that is ${invoice.status}.`);
  }
  if (intentOf(world, invoice)?.status === 'processing') {
    throw invalid("You can't create a credit note while a payment for the invoice is processing.");
  }
  const creditable =
    invoice.amount_remaining + invoice.amount_paid - invoice.post_payment_credit_notes_amount;
  if (amount <= 0 || amount > creditable) {
    throw invalid(`The credit note's amount (${amount}) is more than can be credited (${creditable}).`, {
      param: 'amount',
    });
  }
}

/** Takes from what is still owed first; only what is beyond that is given back. The invoice is paid at nothing owed. */
export function issueCreditNote(world: World, invoice: Invoice, of: CreditNoteRequest): CreditNote {
  refuseUnfit(world, invoice, of.amount);
  const prePayment = Math.min(of.amount, invoice.amount_remaining);
  const postPayment = of.amount - prePayment;
  if (of.toBalance + of.toRefund + of.outOfBand !== postPayment) {
    throw invalid(
      `The sum of credit_amount, refund_amount and out_of_band_amount must equal the post-payment amount (${postPayment}).`,
    );
  }
  const before = world.store.creditNotes.all(invoice.customer).filter(({ invoice: id }) => id === invoice.id);
  const plan = { ...of, prePayment, postPayment, outOfBand: of.outOfBand || null, before: before.length };
  const note = world.store.creditNotes.add(newCreditNote(world.clock.now(), invoice, plan));
  giveBack(world, invoice, note, of);
  emit(world, 'credit_note.created', note);
  if (postPayment > 0) {
    const credited = invoice.post_payment_credit_notes_amount + postPayment;
    change(world, invoice, { post_payment_credit_notes_amount: credited }, 'invoice.updated');
  }
  if (prePayment > 0) reduceDebt(world, invoice, prePayment, 'credit_note');
  return note;
}

function giveBack(world: World, invoice: Invoice, note: CreditNote, of: CreditNoteRequest): void {
  const customer = world.store.customers.get(invoice.customer);
  if (of.toBalance > 0 && customer) {
    const { currency } = invoice;
    const move = { amount: -of.toBalance, currency, type: 'credit_note', creditNote: note.id } as const;
    note.customer_balance_transaction = moveBalance(world, customer, move).id;
  }
  if (of.toRefund === 0) return;
  const paid = paymentsOf(world, invoice).find((row) => row.status === 'paid');
  const intent = world.store.paymentIntents.get(paid?.payment.payment_intent ?? '');
  const charge = world.store.charges.get(intent?.latest_charge ?? '');
  if (!charge) throw invalid('There is no charge that could be refunded.', { param: 'refund_amount' });
  const made = refund(world, charge, of.toRefund);
  note.refunds = [
    { amount_refunded: of.toRefund, payment_record_refund: null, refund: made.id, type: 'refund' },
  ];
}

/** Takes a credit note back. Stripe allows it while the invoice is open: the debt is what it was. */
export function voidCreditNote(world: World, note: CreditNote): void {
  const invoice = world.store.invoices.get(note.invoice);
  if (note.status === 'void' || invoice?.status !== 'open') {
    throw invalid('You can only void a credit note that is issued, and whose invoice is open.');
  }
  change(world, note, { status: 'void', voided_at: world.clock.now() }, 'credit_note.voided');
  const amounts = {
    amount_due: invoice.amount_due + note.pre_payment_amount,
    amount_remaining: invoice.amount_remaining + note.pre_payment_amount,
    pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount - note.pre_payment_amount,
  };
  change(world, invoice, amounts, 'invoice.updated');
  keepDefaultInStep(world, invoice);
}
