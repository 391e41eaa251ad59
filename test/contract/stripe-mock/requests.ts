import type { Sent } from '../../support/stripe-mock/sent.js';

/**
 * All that the Stripe adapter asks of Stripe: what its tour sends, parameter by parameter, and every other test of it may.
 * Each of these is sent to stripe-mock, and both answers are compared.
 */
export const adapterRequests: Sent = {
  'DELETE /v1/subscriptions/:id': ['invoice_now', 'prorate'],
  'GET /v1/charges': ['limit', 'payment_intent', 'starting_after'],
  'GET /v1/customers': ['limit'],
  'GET /v1/customers/:id': ['expand=cash_balance', 'expand=invoice_credit_balance'],
  'GET /v1/events': ['created[gte]', 'created[lt]', 'delivery_success', 'limit', 'starting_after'],
  'GET /v1/events/:id': [],
  'GET /v1/invoice_payments': ['expand=data.payment.payment_intent', 'invoice', 'limit', 'starting_after'],
  'GET /v1/invoices': ['customer', 'limit', 'starting_after', 'status'],
  'GET /v1/invoices/:id': [],
  'GET /v1/payment_intents/:id': [],
  'GET /v1/subscriptions': [
    'customer',
    'expand=data.customer',
    'expand=data.customer.cash_balance',
    'expand=data.customer.invoice_credit_balance',
    'limit',
    'starting_after',
    'status',
  ],
  'GET /v1/subscriptions/:id': [],
  'GET /v1/webhook_endpoints': ['limit'],
  'POST /v1/invoices/:id/pay': ['off_session', 'payment_method', 'source'],
  'POST /v1/subscriptions/:id': ['pause_collection[behavior]'],
};
