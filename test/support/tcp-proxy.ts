import { createServer, Socket } from 'node:net';

/** What a test does to a connection between Forbear and a server. */
export type TcpProxy = {
  readonly port: number;
  /** Nobody is there any more. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** What is asked is done, and no answer comes back; until it is unmuted. */
  mute(isMute: boolean): void;
  /** Done before what is asked goes on; what it says no to is held back for good. */
  before(look: ((asked: string) => Promise<void>) | null): void;
  close(): Promise<void>;
};

/** Stands before a server of this machine, whose port may be told later. */
export async function startProxy(upstream: () => number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let isMute = false;
  let look: ((asked: string) => Promise<void>) | null = null;
  const keep = (socket: Socket) => {
    open.add(socket);
    // Whoever tests us sees a closed connection; that is all there is to say.
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    return socket;
  };
  const server = createServer((near) => {
    keep(near);
    const far = keep(new Socket().connect(upstream(), '127.0.0.1'));
    let order = Promise.resolve();
    near.on('data', (bytes) => {
      order = order.then(() => look?.(bytes.toString('latin1'))).then(() => void far.write(bytes));
    });
    far.on('data', (bytes) => {
      if (!isMute) near.write(bytes);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const down = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return {
    port,
    down,
    up: () => listen(port),
    mute: (mute) => (isMute = mute),
    before: (hook) => (look = hook),
    close: () => (server.listening ? down() : Promise.resolve()),
  };
}
