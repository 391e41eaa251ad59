import { html } from 'hono/html';
import { page } from './layout.js';

/** Nothing is open at Stripe: paid, forgiven, or never owed. */
export const nothingOwedPage = page(
  'Nothing is to be paid',
  html`<p>
    There is no open invoice. If you paid just now, everything you had is given back within a minute.
  </p>`,
);

export const onItsWayPage = page(
  'Your payment is on its way',
  html`<p>
    The bank has not confirmed it yet, which can take some days. You need not do anything; please don’t pay a
    second time.
  </p>`,
);

/** Stripe, or our own database, doesn't answer. */
export const notNowPage = page(
  'This does not work at the moment',
  html`<p>
    We can’t fetch your invoices just now. Try again in a few minutes; the mail about each invoice has a link
    of its own that leads to it, too.
  </p>`,
);

export const tooOftenPage = page(
  'One moment, please',
  html`<p>This page was opened many times in a short while. Try again in a minute.</p>`,
);

/** Says nothing of any account: whoever sees it may have guessed. */
export const unknownPayPage = page(
  'This link is not valid',
  html`<p>Open it again from where you found it, whole, or use the link in the mail about your invoice.</p>`,
);
