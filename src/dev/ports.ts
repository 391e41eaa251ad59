import { createServer, type Server } from 'node:net';
import { DevFailure } from './failure.js';
import { portNames, portSettings, portsBy, type PortName, type Ports } from './options.js';

/**
 * Checks that every port is free, and chooses one for each that is 0. Throws `DevFailure`, which names the part, the
 * port and the setting. `needed` leaves out parts that won't run.
 */
export async function settlePorts(wanted: Ports, needed: readonly PortName[] = portNames): Promise<Ports> {
  refuseDoubles(wanted, needed);
  const held: Server[] = [];
  const settled = new Map<PortName, number>();
  try {
    // All are held until the last is chosen; the fixed ones first, lest a free one be taken from them.
    for (const name of [...needed].sort((a, b) => Number(wanted[a] === 0) - Number(wanted[b] === 0))) {
      const server = await hold(name, wanted[name]);
      held.push(server);
      settled.set(name, portOf(server));
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  }
  return portsBy((name) => settled.get(name) ?? wanted[name]);
}

function refuseDoubles(wanted: Ports, needed: readonly PortName[]): void {
  for (const name of needed) {
    const twin = needed.find(
      (other) => other !== name && wanted[other] !== 0 && wanted[other] === wanted[name],
    );
    if (twin === undefined) continue;
    const [one, two] = [portSettings[name], portSettings[twin]];
    throw new DevFailure(
      `Port ${wanted[name]} is set for both ${one.part} and ${two.part}: change ${one.setting} or ${two.setting}.`,
    );
  }
}

function hold(name: PortName, port: number): Promise<Server> {
  const { part, setting } = portSettings[name];
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      const what = code === 'EADDRINUSE' ? 'is taken by another program' : `can't be used (${code})`;
      reject(
        new DevFailure(
          `Port ${port} of ${part} ${what}: set ${setting} to another port (0 takes any free one).`,
        ),
      );
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
