/** A statement with its named parameters as Postgres counts them. */
export type Named = { readonly text: string; readonly names: readonly string[] };

// What a `:` means nothing in: casts, texts, quoted names, comments. In the order in which they are tried.
const token =
  /::|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]*)\$[\s\S]*?\$\1\$|:([a-z_][a-z0-9_]*)/g;

/** `where ref = :ref` becomes `where ref = $1`. A name that stands twice is one parameter. Pure. */
export function namedIn(statement: string): Named {
  const names: string[] = [];
  const text = statement.replace(token, (whole: string, _tag: unknown, name: string | undefined) => {
    if (name === undefined) return whole;
    const known = names.indexOf(name);
    const number = known === -1 ? names.push(name) : known + 1;
    return `$${number}`;
  });
  return { text, names };
}
