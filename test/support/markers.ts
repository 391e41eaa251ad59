import { randomBytes } from 'node:crypto';

const run = randomBytes(4).toString('hex');
let planted = 0;

/** A word that stands nowhere else, so that whoever finds it knows where it was planted. */
const word = (): string => `mrk${String((planted += 1)).padStart(3, '0')}q${run}`;

const base64Key = () => randomBytes(32).toString('base64');

/** Names and addresses of people, and what is theirs at Stripe. */
export const people = {
  accountRef: `ref-${word()}`,
  accountName: `Ltd ${word()}`,
  billingEmail: `${word()}@customer.example`,
  billingName: `Bill ${word()}`,
  refusedEmail: `${word()}@customer.example`,
  refusedName: `Ref ${word()}`,
  ownerEmail: `${word()}@customer.example`,
  ownerName: `Own ${word()}`,
  technicalEmail: `${word()}@customer.example`,
  technicalName: `Tec ${word()}`,
  stripeName: `Cus ${word()}`,
  stripeEmail: `${word()}@payer.example`,
  stripePhone: `+49 ${word()}`,
  stripeDescription: `about ${word()}`,
  street: `${word()} Street 1`,
  flat: `Flat ${word()}`,
  city: `City ${word()}`,
  postalCode: word(),
  state: `State ${word()}`,
  card: `4000 ${word()}`,
  lastFour: `last4 ${word()}`,
  taxNumber: `VAT ${word()}`,
  invoiceDescription: `invoice ${word()}`,
  invoiceItem: `item ${word()}`,
  invoiceMetadata: `meta ${word()}`,
  product: `product ${word()}`,
  forgedEmail: `${word()}@forged.example`,
  forgedName: `Forged ${word()}`,
} as const;

/** What opens something. */
export const secrets = {
  stripeKey: `sk_test_${word()}`,
  webhookSecret: `whsec_${word()}`,
  oldWebhookSecret: `whsec_${word()}`,
  linkSecret: `${word()}${word()}${word()}`,
  metricsToken: `metrics-${word()}`,
  platformToken: `platform-${word()}`,
  smtpUser: `user${word()}`,
  smtpPassword: `pass${word()}`,
  slackPath: `T0/B0/${word()}`,
  heartbeatPath: `beat/${word()}`,
  codecKey: base64Key(),
  oldCodecKey: base64Key(),
  alertSecret: `whsec_${base64Key()}`,
  wrongKey: `fb_live_${word()}`,
  wrongMetricsToken: word(),
  approvalToken: `${word()}.${word()}`,
  payToken: word(),
  queryToken: word(),
  sessionCookie: word(),
  databasePassword: word(),
} as const;

/** What others say when they refuse, and may say anything. */
export const refusals = {
  mailServer: `no ${word()} here`,
  mailGreeting: `busy with ${word()}`,
  platform: `no ${word()}`,
  platformFailure: `broken ${word()}`,
  slack: `invalid_${word()}`,
} as const;

/** What people say with an order. The audit log keeps them, in words of its own that can be erased. */
export const orderWords = {
  extendReason: `because ${word()}`,
  extendBy: `Xena ${word()}`,
  liftReason: `because ${word()}`,
  liftBy: `Lia ${word()}`,
  restrictReason: `because ${word()}`,
  restrictBy: `Rex ${word()}`,
  unliftReason: `because ${word()}`,
  unliftBy: `Una ${word()}`,
  promiseReason: `because ${word()}`,
  refusedReason: `because ${word()}`,
  refusedBy: `Nora ${word()}`,
} as const;

/** A marker and where it was planted. */
export type Marker = { readonly place: string; readonly text: string };

export const markersOf = (planted: Readonly<Record<string, string>>): Marker[] =>
  Object.entries(planted).map(([place, text]) => ({ place, text }));

export const allMarkers: readonly Marker[] = [people, secrets, refusals, orderWords].flatMap(markersOf);

/**
 * Which of them are found, whole or by the word alone, in capitals or not, also as base64 at any place of a text, and as
 * URLs write them.
 */
export function foundIn(haystack: Buffer | string, markers: readonly Marker[] = allMarkers): string[] {
  const text = (typeof haystack === 'string' ? haystack : haystack.toString('latin1')).toLowerCase();
  return markers
    .filter(({ text: marker }) => formsOf(marker).some((form) => text.includes(form)))
    .map(({ place }) => place);
}

function formsOf(marker: string): string[] {
  const bare = marker.match(/mrk\d+q[0-9a-f]+/g) ?? [marker];
  return bare
    .flatMap((one) => [one, encodeURIComponent(one), ...base64FormsOf(one)])
    .map((form) => form.toLowerCase());
}

/** As it stands in base64 after 0, 1 or 2 other bytes, without the letters that depend on its neighbours. */
function base64FormsOf(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.from(`${' '.repeat(before)}${text}`).toString('base64');
    return whole
      .slice(before === 0 ? 0 : before + 1)
      .replace(/=*$/, '')
      .slice(0, -2);
  });
}
