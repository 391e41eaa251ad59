import type { CaughtMail } from './mail-store.js';

const style = `body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #ddd; }
h1 { font-size: 1.35rem; } h2 { font-size: 1.1rem; } time { white-space: nowrap; } a { color: #0b57d0; }
iframe { width: 100%; height: 900px; border: 1px solid #ccc; background: #fff; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }`;

// A page without scripts can only be loaded anew to show what has come since.
const refresh = '<meta http-equiv="refresh" content="3">';

// Links of a mail open in a tab of their own: inside the sandbox, where no scripts run, no page to pay on would work.
const sandbox = 'allow-popups allow-popups-to-escape-sandbox';
const base = '<base target="_blank">';

/** The newest on top. */
export function listPage(mails: readonly CaughtMail[]): string {
  const rows = [...mails].reverse().map(rowOf).join('\n');
  const table = `<table><tr><th>Caught</th><th>To</th><th>Subject</th></tr>\n${rows}\n</table>`;
  return page('Caught mails', mails.length === 0 ? '<p>No mail yet.</p>' : table, refresh);
}

/** The mail's own HTML stays in a sandbox: no scripts, no forms, no access to this page; only its links can be followed. */
export function mailPage(mail: CaughtMail): string {
  const head = `<p><a href="/">All mails</a></p><p>From ${escaped(mail.from)} to ${escaped(mail.to.join(', '))}, ${timeOf(mail)}</p>`;
  const body =
    mail.html === ''
      ? ''
      : `<iframe sandbox="${sandbox}" srcdoc="${escaped(base + mail.html)}" title="The mail"></iframe>`;
  return page(mail.subject, `${head}\n${body}\n<h2>Text</h2>\n<pre>${linked(mail.text)}</pre>`);
}

function rowOf(mail: CaughtMail): string {
  const { id, to, subject } = mail;
  const link = `<a href="/messages/${encodeURIComponent(id)}">${escaped(subject || '(no subject)')}</a>`;
  return `<tr><td>${timeOf(mail)}</td><td>${escaped(to.join(', '))}</td><td>${link}</td></tr>`;
}

/** `2026-11-24 09:00:05 UTC` */
function timeOf({ date }: CaughtMail): string {
  return `<time>${escaped(date.slice(0, 19).replace('T', ' '))} UTC</time>`;
}

/** Escaped, with its web addresses as links; a full stop or a bracket after an address isn't part of it. */
function linked(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/)
    .map((part, at) => {
      const shown = escaped(part);
      return at % 2 === 0 ? shown : `<a href="${shown}" target="_blank" rel="noreferrer">${shown}</a>`;
    })
    .join('');
}

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8">${head}<title>${escaped(title)}</title><style>${style}</style>\n<h1>${escaped(title)}</h1>\n${body}\n</html>\n`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
