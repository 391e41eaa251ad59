import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type S3Standin = {
  readonly url: string;
  readonly puts: { readonly key: string; readonly headers: IncomingMessage['headers'] }[];
  readonly objects: Map<string, string>;
  close(): Promise<void>;
};

/** As much of S3 as an anchor meets: objects that are put once, read, and listed in the order of their names. */
export async function startS3Standin(): Promise<S3Standin> {
  const puts: S3Standin['puts'] = [];
  const objects: S3Standin['objects'] = new Map();
  const server = createServer((request, response) => {
    void answer(request, response, puts, objects);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    puts,
    objects,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  puts: S3Standin['puts'],
  objects: S3Standin['objects'],
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
  const [, bucket = '', ...path] = pathname.split('/');
  const key = path.join('/');
  const end = (status: number, body = '') => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(body);
  };
  if (bucket !== 'anchors') return end(404, error('NoSuchBucket'));
  if (request.method === 'PUT') {
    const body = unchunked(await text(request), request.headers);
    puts.push({ key, headers: request.headers });
    if (objects.has(key) && request.headers['if-none-match'] === '*')
      return end(412, error('PreconditionFailed'));
    objects.set(key, body);
    return end(200);
  }
  if (key !== '') return objects.has(key) ? end(200, objects.get(key)) : end(404, error('NoSuchKey'));
  const [after, prefix] = [searchParams.get('start-after') ?? '', searchParams.get('prefix') ?? ''];
  const keys = [...objects.keys()].filter((one) => one.startsWith(prefix) && one > after).sort();
  const contents = keys.map((one) => `<Contents><Key>${one}</Key></Contents>`).join('');
  end(200, `<ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`);
}

const error = (code: string) => `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;

/** A body that comes in signed chunks, as the SDK sends what it adds a checksum to while it sends. */
function unchunked(body: string, headers: IncomingMessage['headers']): string {
  if (headers['content-encoding'] !== 'aws-chunked') return body;
  return body.split('\r\n')[1] ?? '';
}
