import { connect } from 'node:net';

export type Answer = { readonly status: number; readonly text: string };

/** One kept-alive connection, on which one request goes at a time. Leaner than any HTTP client, so that the server is what is measured. */
export type Connection = {
  post(signature: string, body: Buffer): Promise<Answer>;
  close(): void;
};

export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Content-Type: application/json; charset=utf-8',
    'User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    'Accept: */*; q=0.5, application/xml',
  ].join('\r\n');
  let received = '';
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  socket.setEncoding('latin1');
  socket.on('data', (data) => {
    received += String(data);
    const answer = answerIn(received);
    if (answer === null) return;
    received = '';
    waiting?.resolve(answer);
  });
  const broken = (error?: Error) => waiting?.reject(error ?? new Error('the server hung up'));
  socket.on('error', broken).on('close', () => broken());
  return {
    post(signature, body) {
      const answered = new Promise<Answer>((resolve, reject) => (waiting = { resolve, reject }));
      socket.cork();
      socket.write(
        `${head}\r\nStripe-Signature: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n`,
        'latin1',
      );
      // A copy: the next event is written into the same bytes.
      socket.write(Buffer.from(body));
      socket.uncork();
      return answered;
    },
    close: () => void socket.destroy(),
  };
}

/** `null` while it is not whole; the servers of the bench all say how long their answers are. */
function answerIn(text: string): Answer | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  const body = text.slice(end + 4);
  return body.length < length ? null : { status: Number(text.slice(9, 12)), text: body };
}
