import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a server listens on this machine, once it does. */
export async function listeningOn(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
