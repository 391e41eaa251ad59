// Many times what a delivery has.
const mostBytes = 65_536;

/** Everything that comes, or `null` as soon as it is more than anything that Forbear sends. */
export async function wholeOf(chunks: AsyncIterable<Uint8Array> | null): Promise<Bytes | null> {
  const taken: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks ?? []) {
    length += chunk.length;
    if (length > mostBytes) return null;
    taken.push(chunk);
  }
  return joined(taken);
}

export type Bytes = Uint8Array<ArrayBuffer>;

export function joined(chunks: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
