import { html } from 'hono/html';
import type { Notice } from '../../domain/notice.js';
import { letterOf, type Letter } from './letter.js';

/** A notice as a mail. Pure; text and HTML say the same, and whatever came from outside is escaped in the HTML. */
export function renderNotice(notice: Notice): { subject: string; text: string; html: string } {
  const letter = letterOf(notice);
  const page = htmlOf(letter);
  if (page instanceof Promise) throw new Error('a mail is made of nothing that has to be waited for');
  return { subject: letter.subject, text: textOf(letter), html: page.toString() };
}

function textOf(letter: Letter): string {
  // Of a single invoice the address stands at "Pay now" already.
  const single = letter.invoices.length === 1;
  const invoices = letter.invoices.map(({ title, sum, payUrl }) =>
    payUrl === null || single ? `${title}: ${sum}` : `${title}: ${sum}\n  ${payUrl}`,
  );
  const total = letter.total === null ? [] : [`Total overdue: ${letter.total}`];
  const paragraphs = [
    letter.heading,
    letter.greeting,
    ...letter.opening,
    ...(letter.announcement === null ? [] : [letter.announcement]),
    ...(letter.invoices.length + total.length === 0 ? [] : [[...invoices, ...total].join('\n')]),
    ...(letter.payUrl === null ? [] : [`Pay now: ${letter.payUrl}`]),
    ...letter.closing,
    `${letter.contact.lead} ${letter.contact.name}.`,
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

// Mail programs drop style sheets, so every rule stands where it applies; tables hold in all of them.
const style = {
  page: 'margin:0;padding:0;background:#f3f4f6;',
  card: 'width:100%;max-width:600px;background:#ffffff;border:1px solid #e5e7eb;border-radius:8px;text-align:left;',
  font: "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1f2937;font-size:16px;line-height:24px;",
  heading: 'margin:0 0 16px;font-size:22px;line-height:30px;color:#111827;',
  paragraph: 'margin:0 0 16px;',
  warning:
    'margin:0 0 20px;padding:12px 16px;background:#fff7ed;border-left:4px solid #c2410c;font-weight:600;',
  good: 'margin:0 0 20px;padding:12px 16px;background:#f0fdf4;border-left:4px solid #15803d;font-weight:600;',
  cell: 'padding:10px 0;border-top:1px solid #e5e7eb;vertical-align:top;',
  sum: 'padding:10px 0 10px 16px;border-top:1px solid #e5e7eb;text-align:right;white-space:nowrap;vertical-align:top;',
  link: 'color:#1d4ed8;text-decoration:underline;',
  button:
    'display:inline-block;padding:12px 28px;background:#1d4ed8;border-radius:6px;color:#ffffff;font-weight:600;text-decoration:none;',
  foot: 'margin:0;padding-top:16px;border-top:1px solid #e5e7eb;font-size:14px;line-height:20px;color:#4b5563;',
};

function htmlOf(letter: Letter) {
  const { contact } = letter;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${letter.subject}</title>
      </head>
      <body style="${style.page}">
        <table
          role="presentation"
          width="100%"
          cellpadding="0"
          cellspacing="0"
          border="0"
          style="background:#f3f4f6;"
        >
          <tr>
            <td align="center" style="padding:24px 12px;">
              <table role="presentation" cellpadding="0" cellspacing="0" border="0" style="${style.card}">
                <tr>
                  <td style="padding:32px;${style.font}">
                    <h1 style="${style.heading}">${letter.heading}</h1>
                    <p style="${style.paragraph}">${letter.greeting}</p>
                    ${letter.opening.map(paragraph)}
                    ${letter.announcement === null ? '' : html`<p style="${style[letter.tone]}">${letter.announcement}</p>`}
                    ${invoiceTable(letter)}
                    ${letter.payUrl === null ? '' : html`<p style="margin:0 0 24px;"><a href="${letter.payUrl}" style="${style.button}">Pay now</a></p>`}
                    ${letter.closing.map(paragraph)}
                    <p style="${style.foot}">${contact.lead} ${linked(contact.name, contact.href)}.</p>
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html> `;
}

function invoiceTable({ invoices, total }: Letter) {
  if (invoices.length === 0 && total === null) return '';
  const lines = invoices.map(
    ({ title, sum, payUrl }) =>
      html`<tr>
        <td style="${style.cell}">${linked(title, payUrl)}</td>
        <td style="${style.sum}">${sum}</td>
      </tr>`,
  );
  const last =
    total === null
      ? ''
      : html`<tr>
          <td style="${style.cell}"><strong>Total overdue</strong></td>
          <td style="${style.sum}"><strong>${total}</strong></td>
        </tr>`;
  return html`<table
    width="100%"
    cellpadding="0"
    cellspacing="0"
    border="0"
    style="margin:0 0 24px;${style.font}"
  >
    ${lines}${last}
  </table>`;
}

function paragraph(text: string) {
  return html`<p style="${style.paragraph}">${text}</p>`;
}

function linked(text: string, href: string | null) {
  return href === null ? text : html`<a href="${href}" style="${style.link}">${text}</a>`;
}
