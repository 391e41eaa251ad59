export type ServerEvent = { readonly event: string; readonly id: string | null; readonly data: unknown };

/** Server-sent events, as they come. */
export type EventReader = {
  /** The next one; rejects when the stream has ended. */
  next(): Promise<ServerEvent>;
  /** Resolves when the stream has ended; what comes until then is left out. */
  ended(): Promise<void>;
  close(): Promise<void>;
};

export function readEvents(response: Response): EventReader {
  const events = eventsIn(response.body!);
  return {
    async next() {
      const { value, done } = await events.next();
      if (done === true) throw new Error('the stream has ended');
      return value;
    },
    async ended() {
      for (;;) if ((await events.next()).done === true) return;
    },
    async close() {
      await events.return(undefined);
    },
  };
}

async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, undefined> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block: string): ServerEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
  );
  const data: unknown = JSON.parse(fields.get('data') ?? 'null');
  return { event: fields.get('event') ?? 'message', id: fields.get('id') ?? null, data };
}
