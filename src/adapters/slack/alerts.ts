import { formatInstant } from '../../domain/time.js';
import type { AlertChannel, AlertNews } from '../../ports/alerts.js';

export type SlackAlertsOptions = Pick<AlertChannel, 'name' | 'atLeast'> & {
  /** Of an incoming webhook. Whoever has it can write there, so it stands in no message of ours. */
  readonly url: string;
  readonly timeoutMs?: number;
};

/** Tells a channel of Slack by an incoming webhook. */
export function createSlackAlerts({
  name,
  atLeast,
  url,
  timeoutMs = 9_000,
}: SlackAlertsOptions): AlertChannel {
  return {
    name,
    atLeast,
    async tell(news) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: timeout,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(messageOf(news)),
      }).catch((error: unknown) => {
        throw new Error(
          `Slack did not answer: ${timeout.aborted ? `not within ${timeoutMs / 1_000} s` : codeOf(error)}`,
        );
      });
      if (response.ok) await response.body?.cancel();
      else throw new Error(`Slack answered ${response.status}${await wordOf(response)}`);
    },
  };
}

const marks = { page: ':rotating_light:', warning: ':warning:', resolved: ':white_check_mark:' } as const;

/** What people read, and beside it the line that a phone shows. */
function messageOf(news: AlertNews) {
  const { key, severity, title, text, remedy, state } = news;
  const mark = state === 'resolved' ? 'resolved' : severity;
  return {
    text: cut(escapeText(`[${mark}] ${title}`)),
    blocks: [
      section(`${marks[mark]} *${escapeText(title)}*\n${escapeText(text)}`),
      ...(state === 'firing' ? [section(`*What to do:* ${escapeText(remedy)}`)] : []),
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: cut(`${mark} · ${escapeText(key)} · ${whenOf(news)}`) }],
      },
    ],
  };
}

function whenOf({ state, since, at }: AlertNews): string {
  return state === 'firing'
    ? `since ${formatInstant(since)}`
    : `from ${formatInstant(since)} to ${formatInstant(at)}`;
}

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text: cut(text) } });

// Slack takes 3,000 characters at most in a block, and refuses the whole message otherwise.
const longest = 2_900;
const cut = (text: string) => (text.length <= longest ? text : `${text.slice(0, longest)} …`);

/** As Slack wants text that is not its own markup: no mention and no link is made of it. */
const escapeText = (text: string) =>
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
