import { request } from 'node:https';

export type Said = { readonly status: number; readonly body: KubeBody; readonly message: string };

/** Whatever the API server answers with, as far as tests look at it. */
export type KubeBody = {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
  readonly items: readonly KubeBody[];
  readonly data: Readonly<Record<string, string>>;
};

/** The API server as somebody reaches it who knows nothing of Forbear. */
export type KubeClient = {
  get(path: string): Promise<Said>;
  create(path: string, body: object): Promise<Said>;
  patch(path: string, body: object): Promise<Said>;
  remove(path: string, body?: object): Promise<Said>;
};

type Way = { readonly port: number; readonly token: string; readonly ca: string };

export function kubeClient(way: Way): KubeClient {
  const merge = 'application/merge-patch+json';
  return {
    get: (path) => send(way, 'GET', path),
    create: (path, body) => send(way, 'POST', path, body),
    patch: (path, body) => send(way, 'PATCH', path, body, merge),
    remove: (path, body) => send(way, 'DELETE', path, body),
  };
}

function send(
  { port, token, ca }: Way,
  method: string,
  path: string,
  body?: object,
  type = 'application/json',
) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'content-type': type,
    // Node sends the body of a DELETE without it, and no server reads that.
    'content-length': Buffer.byteLength(text),
  };
  return new Promise<Said>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, ca }, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (part: string) => (said += part));
      answer.once('end', () => resolve(saidOf(answer.statusCode ?? 0, said)));
    });
    sent.once('error', reject);
    sent.end(text);
  });
}

function saidOf(status: number, text: string): Said {
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as KubeBody & { readonly message?: string };
  return { status, body, message: body.message ?? text };
}
