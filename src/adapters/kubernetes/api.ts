import type { z } from 'zod';
import { deepestReason, PortError } from '../../ports/errors.js';
import type { Answer, Ask, Connection } from './connection.js';
import { listShape, objectShape, type KubeObject } from './objects.js';

/** Somebody else was quicker: what was read is old, and is to be read again. */
export class Conflict extends PortError {
  constructor(message: string) {
    super('TARGET_UNAVAILABLE', message);
  }
}

/** An API server, by the verbs that Forbear uses. Failures are `PortError`s that name the request, or a `Conflict`. */
export type Api = {
  readonly name: string;
  readonly server: () => string;
  /** `null`: there is no such object. */
  get<T extends z.ZodType>(path: string, shape: T): Promise<z.output<T> | null>;
  list(path: string, query?: Readonly<Record<string, string>>): Promise<readonly KubeObject[]>;
  /** A merge patch. With `metadata.resourceVersion` in it, only of what was read. `null`: there is no such object. */
  patch(path: string, patch: object, query?: Readonly<Record<string, string>>): Promise<KubeObject | null>;
  /** Whether there was something to delete. */
  remove(path: string, body: object): Promise<boolean>;
  post<T extends z.ZodType>(path: string, body: object, shape: T): Promise<z.output<T>>;
  /** Lays the object down as it should be, whether or not it is there (server-side apply). */
  apply(path: string, body: object): Promise<void>;
  /** Puts it in the place of what is there. */
  replace(path: string, body: object): Promise<void>;
};

const perPage = '500';
const mostPages = 200;

export function createApi(name: string, connection: Connection, timeoutMs: number): Api {
  const ask = async (one: Ask): Promise<Answer | null> => {
    const answer = await connection.send(one, timeoutMs).catch((cause: unknown) => {
      if (cause instanceof PortError) throw cause;
      throw unavailable(name, one, deepestReason(cause), cause);
    });
    return judged(name, one, answer);
  };
  const parsed = <T extends z.ZodType>(one: Ask, { text }: Answer, shape: T): z.output<T> => {
    const read = shape.safeParse(jsonOf(text));
    if (read.success) return read.data;
    throw unavailable(name, one, 'the answer is none of Kubernetes', read.error);
  };
  const needed = (one: Ask, answer: Answer | null): Answer => {
    if (answer !== null) return answer;
    throw new PortError('TARGET_REFUSED', `${name}: ${one.method} ${one.path}: there is no such thing`);
  };
  return {
    name,
    server: connection.server,
    async get(path, shape) {
      const one: Ask = { method: 'GET', path };
      const answer = await ask(one);
      return answer === null ? null : parsed(one, answer, shape);
    },
    async list(path, query = {}) {
      const items: KubeObject[] = [];
      let next = '';
      for (let page = 0; page < mostPages; page += 1) {
        const more = next === '' ? {} : { continue: next };
        const one: Ask = { method: 'GET', path, query: { ...query, limit: perPage, ...more } };
        const list = parsed(one, needed(one, await ask(one)), listShape);
        items.push(...list.items);
        next = list.metadata.continue ?? '';
        if (next === '') return items;
      }
      throw new PortError('TARGET_REFUSED', `${name}: GET ${path}: more than ${mostPages} pages`);
    },
    async patch(path, patch, query = {}) {
      const one: Ask = { method: 'PATCH', path, query, body: patch, type: 'application/merge-patch+json' };
      const answer = await ask(one);
      return answer === null ? null : parsed(one, answer, objectShape);
    },
    remove: async (path, body) =>
      (await ask({ method: 'DELETE', path, body: { apiVersion: 'v1', kind: 'DeleteOptions', ...body } })) !==
      null,
    async post(path, body, shape) {
      const one: Ask = { method: 'POST', path, body };
      return parsed(one, needed(one, await ask(one)), shape);
    },
    async apply(path, body) {
      const query = { fieldManager: 'forbear', force: 'true' };
      // JSON is YAML.
      const one: Ask = { method: 'PATCH', path, query, body, type: 'application/apply-patch+yaml' };
      needed(one, await ask(one));
    },
    async replace(path, body) {
      const one: Ask = { method: 'PUT', path, body };
      needed(one, await ask(one));
    },
  };
}

/** The answer when it is a yes, `null` when it says that there is no such object. */
function judged(name: string, one: Ask, answer: Answer): Answer | null {
  const { status, text } = answer;
  if (status >= 200 && status < 300) return answer;
  const told = statusOf(text);
  if (status === 404 && told.isOfAnObject) return null;
  if (status === 409) throw new Conflict(`${name}: ${one.method} ${one.path}: 409 ${told.message}`);
  // 410: a listing that took too long; it is begun anew.
  const isLater = status === 408 || status === 410 || status === 429 || status >= 500 || status < 300;
  if (isLater) throw unavailable(name, one, `${status} ${told.message}`);
  throw new PortError('TARGET_REFUSED', `${name}: ${one.method} ${one.path}: ${status} ${told.message}`);
}

function unavailable(name: string, { method, path }: Ask, why: string, cause?: unknown): PortError {
  return new PortError('TARGET_UNAVAILABLE', `${name}: ${method} ${path}: ${why}`, { cause });
}

/** What a refusal says. A 404 for a path that the server does not know at all names no object. */
function statusOf(text: string): { readonly message: string; readonly isOfAnObject: boolean } {
  const { kind, message, reason, details } = (jsonOf(text) ?? {}) as Record<string, unknown>;
  const called = ((details ?? {}) as Record<string, unknown>)['name'];
  return {
    message: kind === 'Status' && typeof message === 'string' ? message : 'without a reason',
    isOfAnObject: kind === 'Status' && reason === 'NotFound' && typeof called === 'string',
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
