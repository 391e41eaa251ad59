import { createServer } from 'node:net';

// Below the range from which a system takes ports for outgoing connections.
const [lowest, highest] = [12_000, 22_000];

/** A port on which nobody listened a moment ago, nor ten thousand above, where a Redis cluster's servers talk. */
export async function freePort(): Promise<number> {
  const port = lowest + Math.floor(Math.random() * (highest - lowest));
  return (await isFree(port)) && (await isFree(port + 10_000)) ? port : freePort();
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
