import type { Route } from '../http/route.js';
import { balanceRoutes } from './balances.js';
import { catalogRoutes } from './catalog.js';
import { creditNoteRoutes } from './credit-notes.js';
import { customerRoutes } from './customers.js';
import { disputeRoutes } from './disputes.js';
import { eventRoutes } from './events.js';
import { invoiceActionRoutes } from './invoice-actions.js';
import { invoiceItemRoutes } from './invoice-items.js';
import { invoiceRoutes } from './invoices.js';
import { paymentIntentRoutes } from './payment-intents.js';
import { paymentMethodRoutes } from './payment-methods.js';
import { paymentRoutes } from './payments.js';
import { subscriptionRoutes } from './subscriptions.js';
import { webhookEndpointRoutes } from './webhook-endpoints.js';

/** Every operation of the API that the fake has got. */
export const routes: readonly Route[] = [
  ...balanceRoutes,
  ...catalogRoutes,
  ...creditNoteRoutes,
  ...customerRoutes,
  ...disputeRoutes,
  ...eventRoutes,
  ...invoiceActionRoutes,
  ...invoiceItemRoutes,
  ...invoiceRoutes,
  ...paymentIntentRoutes,
  ...paymentMethodRoutes,
  ...paymentRoutes,
  ...subscriptionRoutes,
  ...webhookEndpointRoutes,
];
