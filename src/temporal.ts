import { Client, Connection } from '@temporalio/client';
import { dataConverterOf } from './codec/data-converter.js';
import type { ApiConfig } from './config.js';

/** A client that connects with its first call, so that a Temporal that is down shows there, not here. */
export function connectTemporal({ connection, namespace, codec }: ApiConfig['temporal']): Client {
  return new Client({ connection: Connection.lazy(connection), namespace, ...dataConverterOf(codec) });
}
