import type { BrowserContext, Locator, Page } from 'playwright-core';
import { workflowIdOf } from '../../workflows/messages.js';
import { textOf } from './browser.js';
import { eventually } from './dev-eventually.js';
import type { Life } from './lives.js';
import type { Ways } from './stack.js';

// Several times what a page takes on a machine that has other things to do.
export const patienceMs = 90_000;

type Tab = 'history' | 'user-metadata' | 'memo' | 'query';

export async function newPage(context: BrowserContext): Promise<Page> {
  context.setDefaultTimeout(patienceMs);
  return context.newPage();
}

/** Opens a page of an account's workflow anew, and resolves to what a person reads on it as soon as `isThere` finds its mark. */
export async function readTab(
  page: Page,
  { at: { temporal }, temporal: client }: Ways,
  life: Life,
  tab: Tab,
  isThere: (text: string) => boolean,
): Promise<string> {
  const { namespace } = temporal;
  const workflowId = workflowIdOf(life.id);
  // By the raw service: the client's own way would decode the memo, and has no key.
  const found = await client.workflowService.describeWorkflowExecution({
    namespace,
    execution: { workflowId },
  });
  const run = `${encodeURIComponent(workflowId)}/${found.workflowExecutionInfo?.execution?.runId ?? ''}`;
  await page.goto(`${temporal.ui}/namespaces/${namespace}/workflows/${run}/${tab}`);
  return untilRead(page, tab, isThere);
}

export function untilRead(page: Page, what: string, isThere: (text: string) => boolean): Promise<string> {
  const look = async () => {
    const text = (await textOf(page)).replaceAll(/\s+/g, ' ');
    return isThere(text) ? text : null;
  };
  return eventually(`${what} is shown`, look, patienceMs);
}

/** Gives this browser a key on our own page, as `docs/privacy.md` has it. */
export async function signIn(page: Page, api: string, key: string): Promise<void> {
  await page.goto(`${api}/codec`);
  await page.getByLabel('Key of the scope codec').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
}

/** Fills in the Web UI's codec settings, in the words that `docs/privacy.md` names. They hold from the next page on. */
export async function setCodec(page: Page, endpoint: string): Promise<void> {
  await page.getByTestId('data-encoder-status-error').click();
  await page.getByRole('button', { name: 'Use Cluster-level setting' }).click();
  await page.getByText('Use my browser setting and ignore Cluster-level setting').click();
  // Folded together again: unfolded it pushes the button out of sight.
  await page.getByRole('button', { name: 'Use my browser setting' }).click();
  await page.getByTestId('data-encoder-endpoint-input').fill(endpoint);
  await page.getByText('Include cross-origin credentials').click();
  await page.getByRole('button', { name: 'Apply' }).click();
}

type CodecSettings = {
  readonly Endpoint: string;
  readonly IncludeCredentials: boolean;
  readonly DefaultErrorMessage: string;
  readonly DefaultErrorLink: string;
};

/**
 * Has the Web UI's server say something else of the codec, as its `TEMPORAL_CODEC_…` settings would. Within the page: where
 * Playwright intercepts requests it answers preflights by itself, and a mistake in ours would not show.
 */
export async function overrideCodec(context: BrowserContext, codec: Partial<CodecSettings>): Promise<void> {
  await context.addInitScript((overrides) => {
    const ask = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const response = await ask(input, init);
      const url = input instanceof Request ? input.url : String(input);
      if (!url.includes('/api/v1/settings')) return response;
      const settings = (await response.json()) as { readonly Codec: CodecSettings };
      return Response.json({ ...settings, Codec: { ...settings.Codec, ...overrides } });
    };
  }, codec);
}

const forms = {
  signal: { item: 'Send a Signal', form: 'signal-confirmation-modal' },
  update: { item: 'Send an Update', form: 'update-confirmation-modal' },
} as const;

type FilledIn = { readonly form: Locator; readonly submit: Locator };

/**
 * Fills the Web UI's form in for `extendGrace`, the name chosen from its list, or typed where there is none because the
 * Web UI can't read the workflow's definition.
 */
export async function fillIn(
  page: Page,
  kind: keyof typeof forms,
  name: 'chosen' | 'typed',
  input: unknown,
): Promise<FilledIn> {
  await page.getByRole('button', { name: 'More Actions' }).last().click();
  await page.getByRole('menuitem', { name: forms[kind].item }).click();
  const form = page.getByTestId(forms[kind].form).and(page.locator('[open]'));
  if (name === 'chosen') {
    await form.getByTestId(`${kind}-select-button`).click();
    await form.getByRole('option', { name: 'extendGrace' }).click();
  } else {
    await form.locator(`#${kind}-name`).fill('extendGrace');
  }
  const submit = form.getByTestId('confirm-modal-button');
  await typeJson(page, form.locator('[contenteditable=true]').first(), submit, input);
  return { form, submit };
}

/** Submits the form, and resolves to what went to Temporal once that was taken. */
export async function send(page: Page, { form, submit }: FilledIn): Promise<string> {
  const sent = page.waitForRequest((request) => /\/(signal|update)\/extendGrace/.test(request.url()));
  await submit.click();
  const body = (await sent).postData() ?? '';
  await form.waitFor({ state: 'hidden' });
  return body;
}

/** The editor spreads out over several lines when it is left, and what is below moves: a click would miss it. */
async function typeJson(page: Page, editor: Locator, next: Locator, input: unknown): Promise<void> {
  await editor.click();
  await page.keyboard.insertText(JSON.stringify(input));
  await next.focus();
  await eventually('the editor has spread out', async () => (await editor.innerText()).includes('\n'));
}
