import { request as plainRequest } from 'node:http';
import { request as tlsRequest, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { PortError } from '../../ports/errors.js';

/** How a cluster is reached: by a kubeconfig file, or as the Pod that this runs in. */
export type Access =
  { readonly kubeconfig: string; readonly context?: string | undefined } | { readonly inCluster: true };

export type Ask = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of the body; JSON by default. */
  readonly type?: string;
};
export type Answer = { readonly status: number; readonly text: string };

export type Connection = {
  /** Where the API server is. */
  server(): string;
  send(ask: Ask, timeoutMs: number): Promise<Answer>;
};

/** Throws `TARGET_REFUSED` at its first use when the settings name no cluster; nothing is connected before. */
export function createConnection(name: string, access: Access): Connection {
  let loaded: Loaded | null = null;
  const load = () => (loaded ??= loadConfig(name, access));
  return {
    server: () => load().server,
    async send({ method, path, query = {}, body, type = 'application/json' }, timeoutMs) {
      const { config, server } = load();
      const search = new URLSearchParams(query).toString();
      const url = new URL(`${server.replace(/\/+$/, '')}${path}${search === '' ? '' : `?${search}`}`);
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string | number> = { accept: 'application/json' };
      if (text !== undefined) {
        headers['content-type'] = type;
        // Node sends the body of a DELETE without it, and no server reads that.
        headers['content-length'] = Buffer.byteLength(text);
      }
      const options: RequestOptions = { method, headers };
      // Each time: a token may have been renewed since the last request.
      await config.applyToHTTPSOptions(options);
      return exchange(url, { ...options, signal: AbortSignal.timeout(timeoutMs) }, text);
    },
  };
}

type Loaded = { readonly config: KubeConfig; readonly server: string };

function exchange(url: URL, options: RequestOptions, body: string | undefined): Promise<Answer> {
  const request = url.protocol === 'http:' ? plainRequest : tlsRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function loadConfig(name: string, access: Access): Loaded {
  const config = new KubeConfig();
  const refuse = (what: string) => new PortError('TARGET_REFUSED', `${name}: ${what}`);
  if ('inCluster' in access) {
    config.loadFromCluster();
    if (config.getCurrentCluster()?.server.includes('//undefined') === true)
      throw refuse('this does not run in a Pod: KUBERNETES_SERVICE_HOST is not set');
  } else {
    try {
      config.loadFromFile(access.kubeconfig);
    } catch (cause) {
      // What YAML complains of may hold a line of the file, and so a token.
      const code = (cause as { code?: unknown }).code;
      throw refuse(`the kubeconfig can't be read${typeof code === 'string' ? `: ${code}` : ''}`);
    }
    if (access.context !== undefined) config.setCurrentContext(access.context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw refuse(`the kubeconfig has no context ${config.currentContext || 'that is the current one'}`);
  return { config, server: cluster.server };
}
