import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import type { Deliverer } from '../deliveries.js';
import type { Faults } from '../http/faults.js';
import type { Customer, Invoice } from '../state/objects.js';
import type { Persistence } from '../state/persistence.js';
import type { World } from '../world.js';

/** What the control routes act on. */
export interface Control {
  world: World;
  faults: Faults;
  deliverer: Deliverer;
  persistence: Persistence;
}

/** The parsed body; one that doesn't fit is a 400 that says where. */
export async function bodyOf<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
  const parsed = schema.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) throw new HTTPException(400, { message: z.prettifyError(parsed.error) });
  return parsed.data;
}

export const missing = (what: string): HTTPException =>
  new HTTPException(404, { message: `no such ${what}` });

export const conflict = (message: string): HTTPException => new HTTPException(409, { message });

export function customerOf({ world }: Control, id: string): Customer {
  const customer = world.store.customers.get(id);
  if (!customer) throw missing('customer');
  return customer;
}

export function invoiceOf({ world }: Control, id: string): Invoice {
  const invoice = world.store.invoices.get(id);
  if (!invoice) throw missing('invoice');
  return invoice;
}
