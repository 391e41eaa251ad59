import type { Refusal } from './verdict.js';

type Language = 'en' | 'de';
type Words = { readonly title: string; readonly text: string };
type State = 'read_only' | 'paused' | 'gone' | 'restricted' | 'session_ended' | 'unknown';

const words: Readonly<Record<Language, Readonly<Record<State, Words>>>> = {
  en: {
    read_only: {
      title: 'Your account is read-only',
      text: 'A payment is overdue. You still see everything, but nothing can be changed until it is paid.',
    },
    paused: {
      title: 'Your account is paused',
      text: 'A payment is overdue. Your account is paused until it is paid.',
    },
    gone: {
      title: 'Your account is closed',
      text: 'A payment has stayed overdue, and the account was closed for it.',
    },
    restricted: {
      title: 'This account is not available',
      text: 'If you think that this is a mistake, please write to us.',
    },
    session_ended: {
      title: 'You have been signed out',
      text: 'Please sign in again.',
    },
    unknown: {
      title: 'This does not work at the moment',
      text: 'We cannot look up your account right now. Please try again in a minute.',
    },
  },
  de: {
    read_only: {
      title: 'Ihr Konto ist auf Lesezugriff beschränkt',
      text: 'Eine Zahlung ist überfällig. Sie sehen weiterhin alles, können aber nichts ändern, bis sie bezahlt ist.',
    },
    paused: {
      title: 'Ihr Konto ist pausiert',
      text: 'Eine Zahlung ist überfällig. Bis sie bezahlt ist, bleibt Ihr Konto pausiert.',
    },
    gone: {
      title: 'Ihr Konto ist geschlossen',
      text: 'Eine Zahlung ist überfällig geblieben, und das Konto wurde deshalb geschlossen.',
    },
    restricted: {
      title: 'Dieses Konto ist nicht verfügbar',
      text: 'Falls Sie das für einen Irrtum halten, schreiben Sie uns bitte.',
    },
    session_ended: {
      title: 'Sie wurden abgemeldet',
      text: 'Bitte melden Sie sich erneut an.',
    },
    unknown: {
      title: 'Das geht im Moment nicht',
      text: 'Wir können Ihr Konto gerade nicht nachsehen. Bitte versuchen Sie es in einer Minute noch einmal.',
    },
  },
};
const pay: Readonly<Record<Language, string>> = { en: 'Pay now', de: 'Jetzt bezahlen' };
const write: Readonly<Record<Language, string>> = {
  en: 'Please use the link in our last mail, or write to us.',
  de: 'Bitte benutzen Sie den Link in unserer letzten E-Mail, oder schreiben Sie uns.',
};

const style = `:root{color-scheme:light dark}body{margin:0;font:1.05rem/1.5 system-ui,sans-serif}main{max-width:36rem;margin:0 auto;padding:3rem 1.25rem;overflow-wrap:anywhere}h1{font-size:1.6rem;line-height:1.25}a{display:inline-block;padding:.65rem 1.25rem;border-radius:.375rem;background:#1d4ed8;color:#fff;font-weight:600}:focus-visible{outline:3px solid currentColor;outline-offset:3px}`;

// Of `style`, to the last character; a test computes it anew.
const styleHash = 'kDp+XGE54zvxvP5qQdBTg9JTtVl13K2lf2ojgxZMFrU=';

/** Nothing from elsewhere, no scripts, no frames. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** What a refusal says to people, without markup. */
export function wordsOf(refusal: Refusal, language: Language): Words {
  return words[language][stateOf(refusal)];
}

/** A whole page for a browser. */
export function refusalPage(refusal: Refusal, language: Language): string {
  const { title, text } = wordsOf(refusal, language);
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${style}</style></head>
<body><main><h1>${title}</h1><p>${text}</p>${wayOut(refusal, language)}</main></body>
</html>
`;
}

function wayOut(refusal: Refusal, language: Language): string {
  if (refusal.status !== 402) return '';
  if (refusal.payUrl === null) return `<p>${write[language]}</p>`;
  return `<p><a href="${escaped(refusal.payUrl)}" rel="noreferrer">${pay[language]}</a></p>`;
}

function stateOf(refusal: Refusal): State {
  if (refusal.status !== 402) return refusal.reason;
  if (refusal.access === 'read_only') return 'read_only';
  return refusal.access === 'revoked' || refusal.access === 'decommissioned' ? 'gone' : 'paused';
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
