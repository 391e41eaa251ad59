import type { Policy } from './policy.js';
import { type InvoiceFact, type Standing } from './standing.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from './time.js';
import { noTracks, type Tracks } from './witness.js';

/** Without what is just as it is at most accounts: what an activity answers stands in the history of its case for good. */
export type Brief<T, Usual extends Partial<T>> = Omit<T, keyof Usual> &
  Partial<Pick<T, keyof T & keyof Usual>>;

const usualInvoice = {
  dueAt: null,
  firstFailedAt: null,
  processingSince: null,
  confirmationSince: null,
  untried: null,
  idleDefault: null,
  payUrl: null,
} as const satisfies Partial<InvoiceFact>;

const usualStanding = { credits: [], stuckDrafts: [], doubtful: [] } as const satisfies Partial<Standing>;

type BriefInvoice = Brief<InvoiceFact, typeof usualInvoice>;
export type BriefStanding = Omit<Brief<Standing, typeof usualStanding>, 'invoices'> & {
  readonly invoices: readonly BriefInvoice[];
};
export type BriefTracks = Partial<Tracks>;

export const briefStanding = (standing: Standing): BriefStanding => ({
  ...brief(standing, usualStanding),
  // Who has the link of an invoice sees whose it is: no history keeps it. Notices read it for themselves.
  invoices: standing.invoices.map((invoice) => brief({ ...invoice, payUrl: null }, usualInvoice)),
});

export const wholeStanding = (standing: BriefStanding): Standing => ({
  ...usualStanding,
  ...standing,
  invoices: standing.invoices.map((invoice) => ({ ...usualInvoice, ...invoice })),
});

// What a history leaves out means this for ever: these are no defaults of policies, and never change.
const usualPolicy = {
  limit: null,
  decommission: null,
  fallbackPlan: null,
  dwellMs: DAY_MS,
  longestEpisodeMs: 30 * DAY_MS,
  longestExtensionMs: 60 * DAY_MS,
  longestAgreementMs: 180 * DAY_MS,
  longestProcessingMs: 14 * DAY_MS,
  confirmationMs: 7 * DAY_MS,
  thresholdsMinor: {},
  exposure: null,
  retryOnNewCard: true,
  clock: 'first_failure',
  segment: null,
  own: null,
  almanac: null,
  exportUrl: null,
  language: 'en',
  recheckMs: 30 * SECOND_MS,
  holdRetryMs: 6 * HOUR_MS,
} as const satisfies Partial<Policy>;

export type BriefPolicy = Brief<Policy, typeof usualPolicy>;
export const briefPolicy = (policy: Policy): BriefPolicy => brief(policy, usualPolicy);
export const wholePolicy = (policy: BriefPolicy): Policy => ({ ...usualPolicy, ...policy });

export const briefTracks = (tracks: Tracks): BriefTracks => brief(tracks, noTracks);
export const wholeTracks = (tracks: BriefTracks): Tracks => ({ ...noTracks, ...tracks });

function brief<T extends object, Usual extends Partial<T>>(whole: T, usual: Usual): Brief<T, Usual> {
  const isUsual = ([key, value]: [string, unknown]) =>
    key in usual && JSON.stringify(value) === JSON.stringify(usual[key as keyof Usual]);
  return Object.fromEntries(Object.entries(whole).filter((entry) => !isUsual(entry))) as Brief<T, Usual>;
}
