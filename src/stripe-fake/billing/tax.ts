import { change, emit } from '../events.js';
import { invalid, type ApiFailure } from '../failure.js';
import type { Customer, Invoice } from '../state/objects.js';
import type { World } from '../world.js';

const CODE = 'customer_tax_location_invalid';
const MESSAGE =
  "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.";

// Where a country alone doesn't say what tax is due.
const NEED_POSTAL_CODE: readonly string[] = ['CA', 'US'];

export const locationInvalid = (): ApiFailure => invalid(MESSAGE, { code: CODE });

/** Whether an address says enough to work out the tax. */
export function isLocated({ address }: Customer): boolean {
  const country = address?.country ?? '';
  return country !== '' && (!NEED_POSTAL_CODE.includes(country) || (address?.postal_code ?? '') !== '');
}

/** The tax can't be worked out: the invoice stays a draft, and nobody finalises it until the address is mended. */
export function failFinalization(world: World, invoice: Invoice): void {
  const changes: Partial<Invoice> = {
    automatic_tax: { ...invoice.automatic_tax, status: 'requires_location_inputs' },
    automatically_finalizes_at: null,
    last_finalization_error: { type: 'invalid_request_error', code: CODE, message: MESSAGE },
  };
  change(world, invoice, changes, 'invoice.updated');
  emit(world, 'invoice.finalization_failed', invoice);
}
