export type ServerEvent = { readonly name: string; readonly data: string };

// Many times what an event has.
const longestEvent = 65_536;

/** The events of a `text/event-stream`, as they come. Throws a `RangeError` for one that is longer than any of Forbear's. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? '';
      if (text.length > longestEvent) throw new RangeError('an event has no end');
      yield* blocks.map(eventOf);
    }
  } finally {
    await reader.cancel();
  }
}

function eventOf(block: string): ServerEvent {
  const fields = block.split(/\r?\n/).map((line): [string, string] => {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    return [name, value];
  });
  const named = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value);
  return { name: named('event').at(-1) ?? 'message', data: named('data').join('\n') };
}
