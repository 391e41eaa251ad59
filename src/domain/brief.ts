import { type InvoiceFact, type Standing } from './standing.js';
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
} as const satisfies Partial<InvoiceFact>;

const usualStanding = { credits: [], stuckDrafts: [] } as const satisfies Partial<Standing>;

type BriefInvoice = Brief<InvoiceFact, typeof usualInvoice>;
export type BriefStanding = Omit<Brief<Standing, typeof usualStanding>, 'invoices'> & {
  readonly invoices: readonly BriefInvoice[];
};
export type BriefTracks = Partial<Tracks>;

export const briefStanding = (standing: Standing): BriefStanding => ({
  ...brief(standing, usualStanding),
  invoices: standing.invoices.map((invoice) => brief(invoice, usualInvoice)),
});

export const wholeStanding = (standing: BriefStanding): Standing => ({
  ...usualStanding,
  ...standing,
  invoices: standing.invoices.map((invoice) => ({ ...usualInvoice, ...invoice })),
});

export const briefTracks = (tracks: Tracks): BriefTracks => brief(tracks, noTracks);
export const wholeTracks = (tracks: BriefTracks): Tracks => ({ ...noTracks, ...tracks });

function brief<T extends object, Usual extends Partial<T>>(whole: T, usual: Usual): Brief<T, Usual> {
  const isUsual = ([key, value]: [string, unknown]) =>
    key in usual && JSON.stringify(value) === JSON.stringify(usual[key as keyof Usual]);
  return Object.fromEntries(Object.entries(whole).filter((entry) => !isUsual(entry))) as Brief<T, Usual>;
}
