import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { formatDuration, formatInstant, MINUTE_MS } from '../../domain/time.js';
import type { AlertChannel, AlertNews } from '../../ports/alerts.js';
import { oneLine } from '../../domain/safe-text.js';
import { mailError } from './smtp.js';
import { escapeHtml } from './template.js';

export type MailAlertsOptions = Pick<AlertChannel, 'name' | 'atLeast'> & {
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
  /** For the whole conversation with the server. */
  readonly timeoutMs?: number;
};

/** Tells people by mail. It counts as told once the server has taken it for one of them. */
export function createMailAlerts({
  name,
  atLeast,
  smtpUrl,
  from,
  to,
  timeoutMs = 9_000,
}: MailAlertsOptions): AlertChannel {
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport = createTransport({
    url: smtpUrl,
    ...timeouts,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name,
    atLeast,
    async tell(news) {
      const idOf = (what: string) =>
        `<${digest(`${name} ${what}`)}@${from.split('@')[1] ?? 'forbear.invalid'}>`;
      const mail = {
        ...mailOf(news),
        from,
        to: to.map((address) => ({ name: '', address })),
        messageId: idOf(news.id),
        // All that is told of one alert hangs together in the reader's inbox.
        references: idOf(`${news.key} ${news.since}`),
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(timeoutMs),
      };
      await transport.sendMail(mail).catch((error: unknown) => {
        // Only its sentence: what the server said may name people.
        throw new Error(mailError(error).message);
      });
    },
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** What a mail says: the text and the HTML are made of the same paragraphs. */
function mailOf(news: AlertNews) {
  const { key, severity, title, text, remedy, state } = news;
  const isOver = state === 'resolved';
  const heading = oneLine(title);
  const paragraphs = [
    ...(isOver ? [{ lead: 'This is over.', words: whenOf(news) }] : []),
    { lead: isOver ? 'What it was:' : null, words: text },
    ...(isOver
      ? []
      : [
          { lead: 'What to do:', words: remedy },
          { lead: null, words: whenOf(news) },
        ]),
  ];
  const foot = `Forbear, alert ${oneLine(key)} (${severity}). What is open now: forbear alert list`;
  return {
    subject: `[${isOver ? 'resolved' : severity}] ${heading}`,
    text: [heading, ...paragraphs.map(textOf), `-- \n${foot}`].join('\n\n') + '\n',
    html: htmlOf(heading, isOver ? 'resolved' : severity, paragraphs, foot),
  };
}

function whenOf({ state, since, at }: AlertNews): string {
  const [began, lasted] = [formatInstant(since), formatDuration(at - since)];
  if (state === 'resolved') return `It lasted from ${began} to ${formatInstant(at)} (${lasted}).`;
  return at - since < MINUTE_MS ? `Since ${began}.` : `Since ${began}, for ${lasted} now.`;
}

type Paragraph = { readonly lead: string | null; readonly words: string };

const textOf = ({ lead, words }: Paragraph) => (lead === null ? words : `${lead} ${words}`);

const colours = { page: '#b91c1c', warning: '#b45309', resolved: '#15803d' } as const;

function htmlOf(
  heading: string,
  mark: keyof typeof colours,
  paragraphs: readonly Paragraph[],
  foot: string,
): string {
  const lines = paragraphs.map(({ lead, words }) => {
    const body = escapeHtml(words).replaceAll('\n', '<br>');
    return `<p>${lead === null ? '' : `<strong>${escapeHtml(lead)}</strong> `}${body}</p>`;
  });
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(heading)}</title></head>
<body style="margin: 0; padding: 24px; font: 16px/24px -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif">
<div style="max-width: 600px; padding-left: 20px; border-left: 4px solid ${colours[mark]}; overflow-wrap: anywhere">
<h1 style="margin: 0; font-size: 20px; line-height: 28px">${escapeHtml(heading)}</h1>
${lines.join('\n')}
<p style="margin-bottom: 0; font-size: 13px; line-height: 20px; opacity: 0.7">${escapeHtml(foot)}</p>
</div>
</body>
</html>
`;
}
