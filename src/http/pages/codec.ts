import { html } from 'hono/html';
import { page, type Markup } from './layout.js';

/** Where a person gives this browser a key, so that the Web UI may ask us to decode. */
export function signInPage(origin: string, mistake: string | null): Markup {
  return page(
    'Read encrypted cases in the Temporal Web UI',
    html`<p>
        What Forbear keeps in Temporal is encrypted. With a key this browser may decode it, for 12 hours and
        only on <code>${origin}</code>.
      </p>
      ${mistake === null ? '' : html`<p class="alert" role="alert">${mistake}</p>`}
      <form method="post" action="/codec">
        <label for="key">Key of the scope codec</label>
        <p><input id="key" name="key" type="password" required autocomplete="off" size="60" /></p>
        <div class="buttons"><button>Sign in</button></div>
        <span class="hint">Made by <code>forbear key create --name … --scope codec</code>.</span>
      </form>`,
  );
}

export function signedInPage(origin: string): Markup {
  return page(
    'You are signed in',
    html`<p>
        Open <a href="${origin}">the Web UI</a>. Where it still can't decode, it needs to be told once:
      </p>
      <ol>
        <li>Open its codec server settings: the glasses at the top.</li>
        <li>Choose <q>Use my browser setting and ignore Cluster-level setting</q>.</li>
        <li>Give the address of this page as the endpoint.</li>
        <li>Switch on <q>Include cross-origin credentials</q>, apply, and load the page anew.</li>
      </ol>`,
  );
}
