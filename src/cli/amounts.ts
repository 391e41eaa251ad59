import { formatMoney } from '../domain/money.js';

/**
 * A sum as people write it, `50` or `50.00`, in the smallest unit of its currency; `null` when it is no sum of it, such as
 * one with decimals in a currency that has none.
 */
export function readAmount(text: string, currency: string): number | null {
  const [, whole, decimals = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const digits = decimalsOf(currency);
  if (whole === undefined || decimals.length > digits) return null;
  const amountMinor = Number(whole + decimals.padEnd(digits, '0'));
  return Number.isSafeInteger(amountMinor) ? amountMinor : null;
}

/** How many decimals a sum of this currency is written with: the one list of them stays in the domain. */
function decimalsOf(currency: string): number {
  const [sum = ''] = formatMoney({ currency, amountMinor: 0 }).split(' ');
  return sum.split('.')[1]?.length ?? 0;
}
