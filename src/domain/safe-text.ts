/**
 * Without line breaks and other control characters: a name must never begin a header or a line of its own. Nor may it
 * turn the direction in which the text around it is read.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .trim();
}

/** Only what opens a page: another scheme in a button would be an attack. */
export function webAddress(address: string | null): string | null {
  if (address === null || !URL.canParse(address)) return null;
  const isWeb = /^https?:$/.test(new URL(address).protocol);
  return isWeb && !/[\s\p{Cc}]/u.test(address) ? address : null;
}

/** As one word of a shell's command line. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
