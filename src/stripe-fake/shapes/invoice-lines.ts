import type { Invoice, InvoiceItem, InvoiceLine } from '../state/objects.js';
import { newId } from '../state/store.js';
import type { Period } from './subscriptions.js';

export interface LinePlan {
  amount: number;
  description: string | null;
  period: Period;
  quantity: number;
  price?: { id: string; product: string; unitAmount: number } | undefined;
  subscriptionItem?: { subscription: string; item: string; proration: boolean } | undefined;
  invoiceItem?: string | undefined;
}

function lineParentOf({ subscriptionItem, invoiceItem }: LinePlan): InvoiceLine['parent'] {
  const details = { proration: subscriptionItem?.proration ?? false, proration_details: null };
  if (!subscriptionItem) {
    return {
      invoice_item_details: { ...details, invoice_item: invoiceItem ?? newId('ii'), subscription: null },
      subscription_item_details: null,
      type: 'invoice_item_details',
    };
  }
  const { subscription, item } = subscriptionItem;
  return {
    invoice_item_details: null,
    subscription_item_details: {
      ...{ ...details, invoice_item: null, subscription, subscription_item: item },
    },
    type: 'subscription_item_details',
  };
}

export function newInvoiceLine(invoice: Invoice, plan: LinePlan): InvoiceLine {
  const { price, subscriptionItem } = plan;
  return {
    id: newId('il'),
    object: 'line_item',
    amount: plan.amount,
    currency: invoice.currency,
    description: plan.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: invoice.id,
    livemode: false,
    metadata: {},
    parent: lineParentOf(plan),
    period: { ...plan.period },
    pretax_credit_amounts: [],
    pricing: price
      ? {
          price_details: { price: price.id, product: price.product },
          type: 'price_details',
          unit_amount_decimal: String(price.unitAmount),
        }
      : null,
    quantity: plan.quantity,
    quantity_decimal: String(plan.quantity),
    subscription: subscriptionItem?.subscription ?? null,
    subtotal: plan.amount,
    taxes: [],
  };
}

export function newInvoiceItem(
  date: number,
  of: {
    customer: string;
    invoice: string | null;
    currency: string;
    amount: number;
    description: string | null;
  },
): InvoiceItem {
  return {
    id: newId('ii'),
    object: 'invoiceitem',
    amount: of.amount,
    currency: of.currency,
    customer: of.customer,
    customer_account: null,
    date,
    description: of.description,
    discountable: true,
    discounts: [],
    invoice: of.invoice,
    livemode: false,
    metadata: {},
    net_amount: of.amount,
    parent: null,
    period: { start: date, end: date },
    pricing: null,
    proration: false,
    quantity: 1,
    quantity_decimal: '1',
    tax_rates: [],
    test_clock: null,
  };
}
