import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';

export type Markup = ReturnType<typeof html>;

const style = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #5b6470; --page: #fff; --line: #d5d9e0; --box: #f5f6f8; --danger: #b42318; --focus: #1d4ed8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #eceef1; --quiet: #a8b0bb; --page: #16191d; --line: #3a414b; --box: #1f2429; --danger: #d92d20; --focus: #8ab4ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 42rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p, ul { margin: 0 0 1rem; }
ul { padding-left: 1.25rem; }
li { margin: .2rem 0; }
code { font: .95em ui-monospace, monospace; }
.quiet, .hint { color: var(--quiet); }
.hint { display: block; font-size: .9rem; }
.buttons + .hint { margin: 1rem 0 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; margin: 0 0 1rem; padding: 1rem 1.25rem; background: var(--box); border-radius: .5rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
label { font-weight: 600; }
textarea { display: block; width: 100%; margin: .5rem 0 1rem; padding: .6rem .75rem; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--quiet); border-radius: .375rem; resize: vertical; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; }
button { font: inherit; font-weight: 600; padding: .65rem 1.25rem; border-radius: .375rem; border: 1px solid var(--quiet); background: var(--page); color: var(--text); cursor: pointer; }
button.danger { background: var(--danger); border-color: var(--danger); color: #fff; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.alert { border-left: 4px solid var(--danger); padding: .6rem 1rem; background: var(--box); }
@media (max-width: 34rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .6rem; }
  dd:last-child { margin-bottom: 0; }
  button { width: 100%; }
}
`;

// One text: the browser takes only the style whose hash the header names, to the last space.
const styleElement = raw(`<style>${style}</style>`);
const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * For pages that nobody may keep, frame, or learn the address of: no scripts, nothing from elsewhere, and a form only to
 * the page itself.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex, nofollow',
  'Referrer-Policy': 'no-referrer',
};

/** A whole page. Whatever comes into the markup from outside is escaped by `html`. */
export function page(title: string, content: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
}
