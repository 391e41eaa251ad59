import { change } from '../events.js';
import { newMandate } from '../shapes/mandates.js';
import { newPaymentMethod, testToken } from '../shapes/payment-methods.js';
import type { Mandate, PaymentMethod } from '../state/payment-objects.js';
import type { World } from '../world.js';

/** Makes a payment method from a test token, a bank account with its mandate. An unknown token makes none. */
export function createMethod(
  world: World,
  token: string,
  customer: string | null,
): PaymentMethod | undefined {
  const now = world.clock.now();
  const method = newPaymentMethod(now, token, customer);
  if (!method) return undefined;
  if (method.type !== 'card') {
    const status = testToken(token)?.mandateInactive ? 'inactive' : 'active';
    method.fake.mandate = world.store.mandates.add(newMandate(now, method, status)).id;
  }
  return world.store.paymentMethods.add(method);
}

export const mandateOf = (world: World, method: PaymentMethod): Mandate | undefined =>
  world.store.mandates.get(method.fake.mandate ?? '');

/** A card needs no mandate; neither does a bank account from a state file that is older than the mandates. */
export const mayBeCharged = (world: World, method: PaymentMethod): boolean => {
  const mandate = mandateOf(world, method);
  return mandate === undefined || mandate.status === 'active';
};

export function setMandate(world: World, mandate: Mandate, status: Mandate['status']): void {
  if (mandate.status !== status) change(world, mandate, { status }, 'mandate.updated');
}
