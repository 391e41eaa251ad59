import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestCluster } from './kubernetes.js';

/** What lies between Forbear and the API server, and may lose what the server says. */
export type LossyProxy = {
  readonly port: number;
  /** The answer to the next request of that kind is lost, after the server has done what it asked for. */
  loseAnswer(method: string, path: RegExp): void;
  /** Before the next request of that kind reaches the server, something else happens there. */
  before(method: string, path: RegExp, happens: () => Promise<void>): void;
  /** Whether something was lost since then. */
  readonly hasLost: boolean;
  close(): Promise<void>;
};

type Next = {
  readonly method: string;
  readonly path: RegExp;
  readonly happens: (() => Promise<void>) | null;
};

export async function startLossyProxy(cluster: TestCluster): Promise<LossyProxy> {
  const { ca, key } = cluster;
  let next: Next | null = null;
  let hasLost = false;
  const server = createServer({ cert: ca, key }, (asked, answer) => {
    const { method = '', url = '', headers } = asked;
    const met = next?.method === method && next.path.test(url) ? next : null;
    if (met !== null) next = null;
    const isLost = met !== null && met.happens === null;
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
    const pass = () => asked.pipe(passedOn);
    if (met?.happens) met.happens().then(pass, () => asked.socket.destroy());
    else pass();
  });
  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    loseAnswer: (method, path) => {
      next = { method, path, happens: null };
      hasLost = false;
    },
    before: (method, path, happens) => {
      next = { method, path, happens };
    },
    get hasLost() {
      return hasLost;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
