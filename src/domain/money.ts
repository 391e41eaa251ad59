/** A sum in the smallest unit of its currency, as Stripe counts it; `currency` is a lower-case ISO 4217 code. */
export type Money = { readonly currency: string; readonly amountMinor: number };

// Stripe's own list: https://docs.stripe.com/currencies#zero-decimal and #three-decimal.
const withoutDecimals = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '));
const withThreeDecimals = new Set('bhd jod kwd omr tnd'.split(' '));

/** `49.00 USD`. Never a locale's format: the text also stands in workflow details, which must replay alike. */
export function formatMoney({ currency, amountMinor }: Money): string {
  const digits = withoutDecimals.has(currency) ? 0 : withThreeDecimals.has(currency) ? 3 : 2;
  return `${(amountMinor / 10 ** digits).toFixed(digits)} ${currency.toUpperCase()}`;
}

/** `49.00 USD + 10.00 EUR`, or `nothing`. */
export function formatSums(sums: readonly Money[]): string {
  return sums.length === 0 ? 'nothing' : sums.map(formatMoney).join(' + ');
}

/** One sum a currency, sorted by currency. Currencies are never added to each other. */
export function sumByCurrency(sums: readonly Money[]): Money[] {
  if (sums.length < 2) return sums.map(({ currency, amountMinor }) => ({ currency, amountMinor }));
  const totals = new Map<string, number>();
  for (const { currency, amountMinor } of sums) {
    totals.set(currency, (totals.get(currency) ?? 0) + amountMinor);
  }
  return [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, amountMinor]) => ({ currency, amountMinor }));
}
