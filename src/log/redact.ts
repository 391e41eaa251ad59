// A path's part as long as this, and no word, opens something: a pay link, an approval, an incoming webhook.
const longestPlainPart = 20;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Rule = readonly [RegExp, string | ((found: string) => string)];

// In this order: an address inside a URL is part of the URL.
const rules: readonly Rule[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, withoutSecrets],
  // At Stripe, of an endpoint, and of ours.
  [/\b(?:[srp]k_(?:live|test)|whsec|fb_(?:live|test)|xox[a-z])[_-][\w+/=-]+/g, '<secret>'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 <secret>'],
  [/\b(pass(?:word|wd)?|secret|token|api[_-]?key)(["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi, '$1$2<secret>'],
  // A key of 32 bytes in base64.
  [/(?<![\w+/])[A-Za-z0-9+/]{43}=(?![\w+/=])/g, '<secret>'],
  [/[^\s<>()[\]",;:'`=]+@[^\s<>()[\]",;:'`]+\.[^\s<>()[\]",;:'`]+/gu, '<address>'],
  [/(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])/g, (found) => (isCard(found) ? '<card>' : found)],
];

/** A text without what must not be written down: secrets, addresses of mail, what URLs carry, numbers of cards. */
export function redact(text: string): string {
  return rules.reduce(
    (rest, [pattern, by]) =>
      typeof by === 'string' ? rest.replaceAll(pattern, by) : rest.replaceAll(pattern, (found) => by(found)),
    text,
  );
}

/** Scheme, host and path of a URL: no user, no password, no query, and no part of the path that looks like a secret. */
export function withoutSecrets(url: string): string {
  const trailing = /[.,;:!?)\]}`]+$/.exec(url)?.[0] ?? '';
  const text = url.slice(0, url.length - trailing.length);
  if (!URL.canParse(text)) return `<url>${trailing}`;
  const { protocol, host, pathname, search } = new URL(text);
  const isSlack = /(^|\.)hooks\.slack\.com$/i.test(host);
  const path = isSlack ? '/…' : pathname.split('/').map(plainPart).join('/');
  const bare = path === '/' && !text.endsWith('/') ? '' : path;
  return `${protocol}//${host}${bare}${search === '' ? '' : '?…'}${trailing}`;
}

const plainPart = (part: string) =>
  part.includes('@') ||
  part.includes('%40') ||
  (part.length >= longestPlainPart && !uuid.test(part) && /\d|[A-Z]/.test(part))
    ? '…'
    : part;

/** Luhn's sum: what isn't a card, such as an instant in milliseconds, stays readable nine times out of ten. */
function isCard(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '').split('').reverse().map(Number);
  const sum = digits.reduce((all, digit, at) => {
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    return all + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
