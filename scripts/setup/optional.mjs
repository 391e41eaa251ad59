import { kubernetesPart } from './kubernetes.mjs';
import { motoPart } from './moto.mjs';
import { memcachedPart } from './memcached.mjs';
import { redisPart } from './redis.mjs';
import { stripeMockPart } from './stripe-mock.mjs';

/**
 * @typedef {object} OptionalPart what only the tests need, and go on without where it can't be had
 * @property {string} key where servers.json keeps `{path, from, …}` of it, or null
 * @property {string} name as the reason why it is missing names it
 * @property {string} override the variable in which a person may name one
 * @property {(context: object) => object} part for `findOrMake`; its value has the `path` of an executable file
 */

/** @type {OptionalPart[]} */
export const optionalParts = [
  { key: 'moto', name: 'moto_server', override: 'MOTO_SERVER_PATH', part: motoPart },
  { key: 'stripeMock', name: 'stripe-mock', override: 'STRIPE_MOCK_PATH', part: stripeMockPart },
  { key: 'redis', name: 'Redis', override: 'REDIS_SERVER_PATH', part: redisPart },
  { key: 'memcached', name: 'Memcached', override: 'MEMCACHED_PATH', part: memcachedPart },
  { key: 'kubernetes', name: 'kube-apiserver', override: 'KUBE_APISERVER_PATH', part: kubernetesPart },
];
