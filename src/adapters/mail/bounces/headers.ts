/** Beside the Message-ID, which some relays replace. */
export const noticeHeader = 'X-Forbear-Notice';

// Real ones have some hundred; a header longer than a kilobyte is none that we look for.
const mostLines = 2_000;
const longestValue = 10_000;

/** The header fields in a text, up to its first empty line, by lower-case name, folded lines joined. Order is kept. */
export function headersIn(text: string): readonly (readonly [name: string, value: string])[] {
  const lines = text.replace(/^\s+/, '').split(/\r?\n/, mostLines);
  const end = lines.findIndex((line) => line.trim() === '');
  const fields: [string, string][] = [];
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last !== undefined && last[1].length < longestValue) last[1] += ` ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon > 0)
      fields.push([
        line.slice(0, colon).trim().toLowerCase(),
        line
          .slice(colon + 1)
          .trim()
          .slice(0, longestValue),
      ]);
  }
  return fields;
}

const namingHeaders = [noticeHeader.toLowerCase(), 'message-id'];

/** The ids by which the headers of a returned mail name it, ours first. */
export function idsOfReturned(text: string): string[] {
  const fields = headersIn(text);
  return namingHeaders.flatMap((name) =>
    fields.filter(([field]) => field === name).flatMap(([, value]) => idsIn(value)),
  );
}

/** The same where a mail was copied into a text, below whatever stands above it. */
export function idsInText(text: string): string[] {
  return namingHeaders.flatMap((name) => {
    const found = new RegExp(`^[ \\t>]*${name}:[ \\t]*(?:\\r?\\n[ \\t>]+)?(<[^<>\\s]{1,900}>)`, 'gim');
    return [...text.matchAll(found)].slice(0, 5).flatMap(([, id]) => (id === undefined ? [] : [id]));
  });
}

/** Every `<…@…>` in a header, without what folding has put inside. */
export function idsIn(value: string): string[] {
  return [...value.matchAll(/<([^<>]{1,900})>/g)]
    .map(([, id = '']) => id.replace(/\s+/g, ''))
    .filter((id) => id.includes('@'))
    .map((id) => `<${id}>`);
}
