/**
 * The address as it is written into pages and headers, or `null` when it is not http(s): another scheme behind a button
 * would be an attack, and what the URL parser writes holds no space, quote or line break.
 */
export function webAddress(text: string): string | null {
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? href : null;
}
