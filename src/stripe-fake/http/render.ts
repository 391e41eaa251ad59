import { invalid } from '../failure.js';
import { cashBalanceOf, creditBalances } from '../shapes/balances.js';
import type { World } from '../world.js';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** A copy fit for the wire: our own `fake` fields and what is included only on demand stay behind. */
export function render(value: unknown): Json {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key === 'fake' ? undefined : inner)),
  ) as Json;
}

/** Parts that Stripe leaves out of an object unless they are expanded. */
function included(world: World, owner: Json, step: string): Json | undefined {
  const id = String(owner['id']);
  const list = (data: readonly unknown[], url: string): Json =>
    render({ object: 'list', data: data.slice(0, 10), has_more: data.length > 10, url });
  if (owner['object'] === 'invoice' && step === 'payments') {
    const payments = world.store.invoicePayments
      .all(String(owner['customer']))
      .filter((row) => row.invoice === id);
    return list(payments, `/v1/invoice_payments?invoice=${id}`);
  }
  if (owner['object'] === 'customer' && step === 'subscriptions') {
    const live = world.store.subscriptions.all(id).filter((row) => row.ended_at === null);
    return list(live.toReversed(), `/v1/customers/${id}/subscriptions`);
  }
  const customer = owner['object'] === 'customer' ? world.store.customers.get(id) : undefined;
  if (customer && step === 'cash_balance') return render(cashBalanceOf(customer));
  if (customer && step === 'invoice_credit_balance') return creditBalances(customer);
  if (owner['object'] === 'charge' && step === 'refunds') {
    const refunds = world.store.refunds.all().filter((row) => row.charge === id);
    return list(refunds.toReversed(), `/v1/charges/${id}/refunds`);
  }
  return undefined;
}

/** The object behind an id; a deleted customer is a stub. */
function referenced(world: World, id: string): Json | undefined {
  if (world.store.customers.get(id)?.fake.deleted) return { id, object: 'customer', deleted: true };
  const found = world.store.find(id);
  return found && render(found);
}

function expandStep(world: World, node: Json, path: readonly string[], whole: string): void {
  const [step, ...rest] = path;
  // Of a deleted object nothing is left to expand.
  if (step === undefined || node['deleted'] === true) return;
  const value = node[step];
  if (Array.isArray(value)) {
    for (const item of value) if (isObject(item)) expandStep(world, item, rest, whole);
    return;
  }
  if (value === null) return;
  if (!isObject(value)) {
    const part = typeof value === 'string' ? referenced(world, value) : included(world, node, step);
    if (!part) throw invalid(`This property cannot be expanded (${step}): ${whole}.`, { param: 'expand' });
    node[step] = part;
  }
  const child = node[step];
  if (isObject(child)) expandStep(world, child, rest, whole);
}

/** The answer's body: rendered, with every `expand[]` path followed (four levels at most, as at Stripe). */
export function respond(world: World, value: unknown, expand: readonly string[]): Json {
  const body = render(value);
  for (const path of expand) {
    const steps = path.split('.');
    const depth = steps.filter((step) => step !== 'data').length;
    if (depth > 4)
      throw invalid(`You cannot expand more than 4 levels of a property: ${path}`, { param: 'expand' });
    expandStep(world, body, steps, path);
  }
  return body;
}
