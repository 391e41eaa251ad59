import { html } from 'hono/html';
import { formatInstant } from '../../domain/time.js';
import type { BulkRequest } from '../../ports/bulk.js';
import { page, type Markup } from './layout.js';

const mostNamed = 50;

const counted = (count: number) => `${count} ${count === 1 ? 'act' : 'acts'}`;

/** The page on which an approver decides on many acts at once: what, how many, why, which, and until when he may. */
export function bulkQuestionPage(request: BulkRequest, approver: string): Markup {
  const { kind, count, reason, askedBy, askedAt, expiresAt, hash } = request;
  return page(
    `Allow ${kind}: ${counted(count)}?`,
    html`<p>These acts can’t be done without somebody’s yes. Allowed are exactly those of this list, once.</p>
      <dl>
        <dt>What</dt>
        <dd>${kind}</dd>
        <dt>How many</dt>
        <dd>${count}</dd>
        <dt>Why</dt>
        <dd>${reason}</dd>
        <dt>Asked by</dt>
        <dd>${askedBy}, ${formatInstant(askedAt)}</dd>
        <dt>List</dt>
        <dd><code>${hash.slice(0, 8)}</code></dd>
        <dt>Decide before</dt>
        <dd>${formatInstant(expiresAt)}</dd>
        <dt>You are</dt>
        <dd>${approver}</dd>
      </dl>
      <h2>Which</h2>
      ${actsOf(request)}
      <h2>Your decision</h2>
      <form method="post">
        <div class="buttons">
          <button name="decision" value="reject">Reject</button>
          <button name="decision" value="approve" class="danger">Approve ${counted(count)}</button>
        </div>
        <p class="hint">Nothing is decided until you press one of them, and it can be decided once.</p>
      </form>`,
  );
}

function actsOf({ acts, count }: BulkRequest): Markup {
  const items = acts.slice(0, mostNamed).map((act) => html`<li><code>${act}</code></li>`);
  const rest = count - items.length;
  const more =
    rest > 0
      ? html`<p>
          and ${rest} more: <code>forbear approvals list --json</code> names all of them, under the same hash.
        </p>`
      : '';
  return html`<ul>
      ${items}
    </ul>
    ${more}`;
}

/** It was decided, just now or before, by whomever. */
export function bulkDecidedPage({ decision, kind, count }: BulkRequest, isNew: boolean): Markup {
  const what = decision?.approved === true ? 'approved' : 'rejected';
  return page(
    isNew ? `You ${what} it` : 'This was decided already',
    html`<p>${kind}, ${counted(count)}: ${what} by ${decision?.by ?? ''}.</p>`,
  );
}

/** It can't be decided so, and why. */
export const bulkRefusedPage = (why: string): Markup =>
  page('Your decision could not be taken', html`<p>${why}.</p>`);
