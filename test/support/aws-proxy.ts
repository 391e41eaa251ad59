import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listeningOn } from './listening.js';

/** What becomes of a call: it passes, its answer is lost after it was executed, or changed, or it is answered otherwise. */
export type Fate =
  | 'pass'
  | 'lose'
  | 'hang'
  | { readonly status: number; readonly body: string }
  | ((answer: string) => string);

export type AwsProxy = {
  readonly url: string;
  /** Each call as its service names it: `StopInstances`, `UpdateService`, `PUT /acme-files`. With what was sent. */
  readonly calls: { readonly name: string; readonly body: string }[];
  /** Decides about every call from now on. */
  decide(fate: (name: string, body: string) => Fate): void;
  close(): Promise<void>;
};

/** Stands between a client and an AWS, and can lose what it is told. */
export async function startAwsProxy(behind: string): Promise<AwsProxy> {
  const calls: AwsProxy['calls'] = [];
  let fateOf: (name: string, body: string) => Fate = () => 'pass';
  const answer = async (asked: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(asked);
    const name = nameOf(asked, body.toString());
    calls.push({ name, body: body.toString() });
    const fate = fateOf(name, body.toString());
    if (fate === 'hang') return;
    if (typeof fate === 'object') {
      response.writeHead(fate.status, { 'content-type': 'text/xml' }).end(fate.body);
      return;
    }
    const { status, headers, content } = await forward(behind, asked, body);
    if (typeof fate === 'function') response.writeHead(status).end(fate(content.toString()));
    else if (fate === 'lose') response.destroy();
    else response.writeHead(status, headers).end(content);
  };
  const server = createServer((asked, response) => void answer(asked, response));
  const url = await listeningOn(server);
  return {
    url,
    calls,
    decide: (fate) => void (fateOf = fate),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An answer in the way of the services that speak XML. */
export const awsError = (status: number, code: string, message = code): Fate => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

/** EC2 wraps its errors in its own way. */
export const ec2Error = (status: number, code: string, message = code): Fate => ({
  status,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`,
});

function nameOf({ headers, method, url }: IncomingMessage, body: string): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.').at(-1) ?? '';
  return /(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? `${method} ${url}`;
}

async function forward(behind: string, asked: IncomingMessage, body: Buffer) {
  const { method, headers, url = '/' } = asked;
  const sent = request(new URL(url, behind), { method, headers });
  sent.end(body);
  const got = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  return { status: got.statusCode ?? 500, headers: got.headers, content: await buffer(got) };
}
