import { createServer } from 'node:net';

// Below the range from which a system takes ports for outgoing connections (32768 on Linux, 49152 elsewhere).
const [lowest, highest] = [12_000, 32_000];

/** A port on which nobody listens, for a server that can't be asked which one it took. */
export async function freePort(): Promise<number> {
  const port = lowest + Math.floor(Math.random() * (highest - lowest));
  return (await isFree(port)) ? port : freePort();
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
