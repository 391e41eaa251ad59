import { html } from 'hono/html';
import type { ApprovalQuestion } from '../../db/queries/approvals.js';
import { formatSums } from '../../domain/money.js';
import type { DecommissionPlan } from '../../domain/plan.js';
import { formatInstant } from '../../domain/time.js';
import { page, type Markup } from './layout.js';

// As much as a case takes for a reason.
export const longestReason = 500;

/** What was typed and can't be taken, and why. */
export type Rejected = { readonly problem: string; readonly reason: string };

/** The page on which an approver decides: the account, the exact plan, what stays, and until when he may. */
export function questionPage(asked: ApprovalQuestion, approver: string, rejected: Rejected | null): Markup {
  const { addressee, owed, planHash, expiresAt, plan } = asked;
  return page(
    `Delete what runs for ${addressee.name}?`,
    html`<p>This account has not paid. Decide whether what it runs may be deleted for good.</p>
      <dl>
        <dt>Account</dt>
        <dd>
          ${addressee.name}${addressee.name === addressee.ref ? '' : html` (<code>${addressee.ref}</code>)`}
        </dd>
        <dt>Owed</dt>
        <dd>${formatSums(owed)}</dd>
        <dt>Plan</dt>
        <dd><code>${planHash.slice(0, 8)}</code></dd>
        <dt>Decide before</dt>
        <dd>${formatInstant(expiresAt)}</dd>
        <dt>You are</dt>
        <dd>${approver}</dd>
      </dl>
      <h2>What is deleted</h2>
      ${resourcesOf(plan)}
      <h2>What stays</h2>
      ${whatStays()}
      <h2>Your decision</h2>
      ${formOf(rejected)}`,
  );
}

function resourcesOf({ resources, subscriptions, collection }: DecommissionPlan): Markup {
  const items = resources.map(
    ({ kind, id, target }) =>
      html`<li>${kind} <code>${id}</code> <span class="quiet">on ${target}</span></li>`,
  );
  const list =
    items.length === 0
      ? html`<p>No resources.</p>`
      : html`<ul>
          ${items}
        </ul>`;
  if (subscriptions.length === 0) return list;
  const ended = subscriptions.map((id) => html`<li>subscription <code>${id}</code></li>`);
  const how = collection === 'cancel' ? 'is canceled' : 'stops collecting';
  return html`${list}
    <p>Before that, at Stripe, this ${how}:</p>
    <ul>
      ${ended}
    </ul>`;
}

function whatStays(): Markup {
  return html`<ul>
      <li>Everything that is not in the list above, and all that is added later.</li>
      <li>An archive of each part: it is made and read back before anything is deleted.</li>
      <li>The debt, the account itself and its history.</li>
    </ul>
    <p>If the account pays before it is done, nothing more is deleted.</p>`;
}

function formOf(rejected: Rejected | null): Markup {
  const problem =
    rejected === null ? '' : html`<p class="alert" role="alert" id="problem">${rejected.problem}</p>`;
  const describedBy = rejected === null ? 'reason-hint' : 'problem reason-hint';
  return html`${problem}
    <form method="post">
      <label for="reason">Why?</label>
      <span class="hint" id="reason-hint">It stands in the account’s history, with your name.</span>
      <textarea
        id="reason"
        name="reason"
        rows="3"
        required
        maxlength="${longestReason}"
        aria-describedby="${describedBy}"
      >
${rejected?.reason ?? ''}</textarea>
      <div class="buttons">
        <button name="decision" value="reject">Keep it: reject</button>
        <button name="decision" value="approve" class="danger">Delete it: approve</button>
      </div>
      <p class="hint">
        Nothing is decided until you press one of them, and it can be decided once. Approved, the deletion
        begins on the day that the customer was told, which may be now.
      </p>
    </form>`;
}

/** The decision was taken just now. */
export function decidedPage({ addressee, planHash }: ApprovalQuestion, approved: boolean): Markup {
  const plan = html`<code>${planHash.slice(0, 8)}</code>`;
  return page(
    approved ? 'You approved the deletion' : 'You rejected the deletion',
    approved
      ? html`<p>
          Plan ${plan} for ${addressee.name} is carried out on the day that the customer was told, which may
          be now: archives are made and read back first. A payment that comes before it is done stops it.
        </p>`
      : html`<p>
          Nothing is deleted for ${addressee.name}. Plan ${plan} is void; should the debt stand, you may be
          asked again later.
        </p>`,
  );
}

/** It was decided before, by whomever. */
export function decidedBeforePage({ decision, addressee }: ApprovalQuestion): Markup {
  const what = decision?.approved === true ? 'approved' : 'rejected';
  const when = decision === null ? '' : ` on ${formatInstant(decision.at)}`;
  return page(
    'This was decided already',
    html`<p>
      The deletion for ${addressee.name} was
      ${what}${decision === null || decision.by === '' ? '' : ` by ${decision.by}`}${when}. A link decides
      once.
    </p>`,
  );
}

/** Nobody waits for this decision any more. */
export const overPage = page(
  'There is nothing to decide any more',
  html`<p>The account has paid, or the deletion was asked for anew in a newer mail.</p>`,
);

export const expiredPage = page(
  'This link has expired',
  html`<p>
    Nothing was deleted. Should the debt still stand, the approvers are asked again with a new link.
  </p>`,
);

/** Says nothing of any account: whoever sees it may have guessed. */
export const unknownPage = page(
  'This link is not valid',
  html`<p>Open it again from the mail, whole. Some mail programs break long links in two.</p>`,
);

/** The case has not taken the decision, and says why. */
export function refusedPage(why: string): Markup {
  return page('Your decision could not be taken', html`<p>The account’s case says: ${why}.</p>`);
}

export const unansweredPage = page(
  'Nobody answered',
  html`<p>
    It is not certain whether your decision was taken. Open the link again in a few minutes: if it still asks,
    decide again. Nothing is decided twice.
  </p>`,
);

export const unreachablePage = page(
  'This does not work at the moment',
  html`<p>Nothing was decided. Try again in a few minutes; until somebody decides, nothing is deleted.</p>`,
);

export const tooLargePage = page('That is too long', html`<p>Go back and say it in fewer words.</p>`);
