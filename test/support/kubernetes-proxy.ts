import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestCluster } from './kubernetes.js';

/** What lies between Forbear and the API server, and may lose what the server says. */
export type LossyProxy = {
  readonly port: number;
  /** The answer to the next request of that kind is lost, after the server has done what it asked for. */
  loseAnswer(method: string, path: RegExp): void;
  /** Whether something was lost since then. */
  readonly hasLost: boolean;
  close(): Promise<void>;
};

export async function startLossyProxy(cluster: TestCluster): Promise<LossyProxy> {
  const ca = readFileSync(cluster.certificate, 'utf8');
  let next: { readonly method: string; readonly path: RegExp } | null = null;
  let hasLost = false;
  const server = createServer({ cert: ca, key: readFileSync(cluster.key, 'utf8') }, (asked, answer) => {
    const { method = '', url = '', headers } = asked;
    const isLost = next !== null && next.method === method && next.path.test(url);
    if (isLost) next = null;
    const way = { host: '127.0.0.1', port: cluster.port, ca, method, path: url, headers };
    const passedOn = request(way, (said) => {
      if (!isLost) {
        answer.writeHead(said.statusCode ?? 500, said.headers);
        said.pipe(answer);
        return;
      }
      hasLost = true;
      said.resume().once('end', () => asked.socket.destroy());
    });
    passedOn.once('error', () => asked.socket.destroy());
    asked.pipe(passedOn);
  });
  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    loseAnswer: (method, path) => {
      next = { method, path };
      hasLost = false;
    },
    get hasLost() {
      return hasLost;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
