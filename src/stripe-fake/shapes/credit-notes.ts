import type { Invoice } from '../state/objects.js';
import type { CreditNote, CreditNoteLine } from '../state/payment-objects.js';
import type { Metadata } from '../state/stored.js';
import { newId } from '../state/store.js';

export interface CreditNotePlan {
  /** What it takes off a debt that is still open, and what is given back of what was already paid. */
  prePayment: number;
  postPayment: number;
  outOfBand: number | null;
  reason: CreditNote['reason'];
  memo: string | null;
  metadata: Metadata;
  /** How many the invoice has got already. */
  before: number;
}

const newLine = (amount: number): CreditNoteLine => ({
  id: newId('cnli'),
  object: 'credit_note_line_item',
  amount,
  description: 'Credit',
  discount_amount: 0,
  discount_amounts: [],
  livemode: false,
  metadata: {},
  pretax_credit_amounts: [],
  quantity: 1,
  tax_rates: [],
  taxes: [],
  type: 'custom_line_item',
  unit_amount: amount,
  unit_amount_decimal: String(amount),
});

const typeOf = ({ prePayment, postPayment }: CreditNotePlan): CreditNote['type'] =>
  postPayment === 0 ? 'pre_payment' : prePayment === 0 ? 'post_payment' : 'mixed';

export function newCreditNote(created: number, invoice: Invoice, plan: CreditNotePlan): CreditNote {
  const id = newId('cn');
  const amount = plan.prePayment + plan.postPayment;
  return {
    id,
    object: 'credit_note',
    amount,
    amount_shipping: 0,
    created,
    currency: invoice.currency,
    customer: invoice.customer,
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: created,
    invoice: invoice.id,
    lines: { object: 'list', data: [newLine(amount)], has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: false,
    memo: plan.memo,
    metadata: plan.metadata,
    number: `${invoice.number ?? invoice.id}-CN-${String(plan.before + 1).padStart(2, '0')}`,
    out_of_band_amount: plan.outOfBand,
    pdf: `${invoice.hosted_invoice_url ?? ''}/credit-notes/${id}/pdf`,
    post_payment_amount: plan.postPayment,
    pre_payment_amount: plan.prePayment,
    pretax_credit_amounts: [],
    reason: plan.reason,
    refunds: [],
    shipping_cost: null,
    status: 'issued',
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    total_taxes: [],
    type: typeOf(plan),
    voided_at: null,
  };
}
