/** Where and how long a message is tried to be left with Slack. */
export type SlackHook = {
  /** Of an incoming webhook. Whoever has it can write there, so it stands in no message of ours. */
  readonly url: string;
  readonly timeoutMs?: number | undefined;
};

/** What people read, and beside it the line that a phone shows. */
export type SlackMessage = { readonly text: string; readonly blocks: readonly object[] };

/** Leaves a message with an incoming webhook. Rejects with a sentence that does not hold the address. */
export async function postToSlack(
  { url, timeoutMs = 9_000 }: SlackHook,
  message: SlackMessage,
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    signal: timeout,
    headers: { 'content-type': 'application/json' },
    // A preview would be fetched by Slack, and shown to whoever reads along.
    body: JSON.stringify({ ...message, unfurl_links: false, unfurl_media: false }),
  }).catch((error: unknown) => {
    throw new Error(
      `Slack did not answer: ${timeout.aborted ? `not within ${timeoutMs / 1_000} s` : codeOf(error)}`,
    );
  });
  if (response.ok) await response.body?.cancel();
  else throw new Error(`Slack answered ${response.status}${await wordOf(response)}`);
}

export const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text: cut(text) } });

// Slack takes 3,000 characters at most in a block, and refuses the whole message otherwise.
const longest = 2_900;
export const cut = (text: string) => (text.length <= longest ? text : `${text.slice(0, longest)} …`);

/** As Slack wants text that is not its own markup: no mention and no link is made of it. */
export const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Slack says in one word what is wrong, such as `no_service`; anything else may hold anything. */
async function wordOf(response: Response): Promise<string> {
  const said = await response.text().catch(() => '');
  return /^[a-z_]{1,40}$/.test(said) ? ` (${said})` : '';
}

/** `ECONNREFUSED`: the messages of what `fetch` throws may hold the address. */
function codeOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? ((at as NodeJS.ErrnoException).code ?? at.name) : 'error';
}
