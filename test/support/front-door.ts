import { createServer, request } from 'node:http';
import { listeningOn } from './listening.js';

/** What stands between Stripe and the api: a proxy that a release can get wrong. */
export async function startFrontDoor() {
  let target: string | null = null;
  const statuses: number[] = [];
  const server = createServer((incoming, answer) => {
    if (target === null) {
      statuses.push(404);
      answer.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>');
      return;
    }
    const { method = 'GET', url = '/', headers } = incoming;
    const onward = request(new URL(url, target), { method, headers }, (response) => {
      statuses.push(response.statusCode ?? 0);
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => {
      statuses.push(502);
      answer.writeHead(502).end();
    });
    incoming.pipe(onward);
  });
  const url = await listeningOn(server);
  return {
    url,
    /** What it has answered, in order. */
    statuses,
    leadTo: (base: string | null) => void (target = base),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
