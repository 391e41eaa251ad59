import { z } from 'zod';
import { entryName, httpUrl, valueOf, variable, type Env } from './config-parts.js';

const oneRef = (text: string) => (text.match(/\{ref(:uri)?\}/g) ?? []).length === 1;
const keyTemplate = z
  .string()
  .max(200, 'is too long for a key')
  .refine(oneRef, 'must hold the account once, as {ref} or {ref:uri}');

const sessionTemplate = z
  .string()
  .refine((text) => text.split('{id}').length === 2, 'must hold the session once, as {id}');

// Without a separator behind it, or with a glob before it, one account's pattern would fit the keys of others.
const matchTemplate = keyTemplate.refine(
  (text) => /^[^*?[\]\\]*\{ref(:uri)?\}[^\w.@+=~%!'(){*?[\]\\-]/.test(text),
  'needs a separator such as : behind the account, and no *, ?, [ or \\ before it',
);

const keysOf = (template: z.ZodType<string>) => z.array(template).min(1, 'names no key').max(20);
// Memcached takes them for the end of a key.
const memcachedTemplate = keyTemplate.regex(/^[^\s\p{Cc}]+$/u, 'has no space in a key of Memcached');
/** Longer than any session lives: what says since when sessions count is kept for as long. */
const longestSessionDays = z.int().min(1).max(3_650).optional();

const redis = {
  kind: z.literal('redis'),
  name: entryName,
  /** The variable that holds redis://user:password@host:port, or rediss://; of a cluster several, with commas. */
  urlEnv: variable,
  cluster: z.boolean().default(false),
};
const memcached = {
  kind: z.literal('memcached'),
  name: entryName,
  /** The variable that holds host:port of every server, with commas. */
  urlEnv: variable,
};

const redisEntry = z.discriminatedUnion('by', [
  z.strictObject({
    ...redis,
    by: z.literal('index'),
    index: keyTemplate,
    session: sessionTemplate.default('{id}'),
  }),
  z.strictObject({ ...redis, by: z.literal('keys'), keys: keysOf(keyTemplate) }),
  z.strictObject({
    ...redis,
    by: z.literal('epoch'),
    epoch: keyTemplate.default('forbear:epoch:{ref:uri}'),
    longestSessionDays,
  }),
  z.strictObject({ ...redis, by: z.literal('scan'), match: matchTemplate }),
]);

const memcachedEntry = z.discriminatedUnion('by', [
  z.strictObject({ ...memcached, by: z.literal('keys'), keys: keysOf(memcachedTemplate) }),
  z.strictObject({
    ...memcached,
    by: z.literal('generation'),
    generation: memcachedTemplate.default('forbear:generation:{ref:uri}'),
    longestSessionDays,
  }),
]);

const httpEntry = z.strictObject({
  kind: z.literal('http'),
  name: entryName,
  // A user and a password would be a secret in a file that holds none.
  url: httpUrl.refine((text) => !URL.canParse(text) || !/[@#]/.test(text), {
    error: 'holds no user, no password and no fragment: what is sent is signed',
  }),
  secretEnv: variable,
});

/** The list `sessions` of forbear.yaml. */
export const sessionEntries = z
  .array(z.discriminatedUnion('kind', [redisEntry, memcachedEntry, httpEntry]))
  // The audit log tells by name where sessions were ended.
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'each needs a name of its own');

type SessionEntry = z.infer<typeof sessionEntries>[number];
type Without<Entry, Key extends PropertyKey> = Entry extends unknown ? Omit<Entry, Key> : never;

/** Where an app keeps its sessions, with the secret. */
export type SessionConfig =
  | (Without<z.infer<typeof redisEntry>, 'urlEnv'> & { readonly urls: readonly string[] })
  | (Without<z.infer<typeof memcachedEntry>, 'urlEnv'> & { readonly servers: readonly MemcachedServer[] })
  | (Omit<z.infer<typeof httpEntry>, 'secretEnv'> & { readonly secret: string });

type MemcachedServer = { readonly host: string; readonly port: number };

/** An entry with what the environment holds for it. Throws `ConfigError`, which does not show it. */
export function sessionsOf(entry: SessionEntry, env: Env, who: string): SessionConfig {
  switch (entry.kind) {
    case 'redis': {
      const { urlEnv, ...rest } = entry;
      const urls = valueOf(env, urlEnv, entry.cluster ? redisUrls : redisUrl, who).split(',');
      return { ...rest, urls };
    }
    case 'memcached': {
      const { urlEnv, ...rest } = entry;
      return { ...rest, servers: valueOf(env, urlEnv, memcachedServers, who).split(',').map(serverOf) };
    }
    case 'http': {
      const { secretEnv, ...rest } = entry;
      return { ...rest, secret: valueOf(env, secretEnv, signingSecret, who) };
    }
  }
}

const isRedisUrl = (text: string) => /^rediss?:\/\/[^/,\s]+(\/\d*)?$/.test(text) && URL.canParse(text);
const redisUrl = z
  .string()
  .refine(isRedisUrl, 'must be a URL such as redis://user:password@host:6379, or rediss:// for TLS');
const redisUrls = z
  .string()
  .refine(
    (text) => text.split(',').every(isRedisUrl),
    'must be URLs such as redis://user:password@host:6379 of one cluster, with commas between them',
  );

const memcachedServers = z
  .string()
  .regex(/^[\w.-]+(:\d+)?(,[\w.-]+(:\d+)?)*$/, 'must be host:port of every server, with commas between them');

function serverOf(text: string): MemcachedServer {
  const [host = '', port = '11211'] = text.split(':');
  return { host, port: Number(port) };
}

const signingSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 bytes at random in base64');
