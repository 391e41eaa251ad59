import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { registeredAttributes } from '../../workflows/messages.js';
import type { Part } from './part.js';

export const namespace = 'default';

/**
 * Written ahead, and synced at checkpoints only, starts are a third faster; a killed process loses nothing, a power cut what
 * came after the last checkpoint. Each case has 46 index entries of 140 bytes, which fill small pages better. In capitals
 * because the server sorts these by name, and the size of pages counts only before the first write.
 */
const sqlitePragmas = ['PAGE_SIZE=1024', 'journal_mode=WAL', 'synchronous=NORMAL'];

type TemporalSettings = {
  readonly cli: string;
  readonly dataFolder: string;
  readonly port: number;
  readonly uiPort: number;
  /** Where the Web UI has payloads decoded; `null` where none are encrypted. */
  readonly codec?: string | null;
  readonly env: Readonly<Record<string, string>>;
};

export function temporalPart({ cli, dataFolder, port, uiPort, codec = null, env }: TemporalSettings): Part {
  const listening = ['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)];
  const decoding = codec === null ? [] : ['--ui-codec-endpoint', codec];
  const data = ['--db-filename', join(dataFolder, 'temporal.db'), '--log-level', 'error'];
  const pragmas = sqlitePragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]);
  const attributes = registeredAttributes.flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  return {
    name: 'temporal',
    command: {
      command: cli,
      args: [
        'server',
        'start-dev',
        ...ownConfiguration,
        ...listening,
        ...decoding,
        ...data,
        ...pragmas,
        ...attributes,
      ],
      cwd: dataFolder,
      env,
      stopSignal: 'SIGTERM',
    },
    ready: async () => (await accepts(port)) && (await hasAttributes(cli, port, env)),
  };
}

// The person's own profile may point at a production cluster.
const ownConfiguration = ['--disable-config-file', '--disable-config-env'];

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** They are added last, after cluster and namespace: when they are there, everything is. */
async function hasAttributes(
  cli: string,
  port: number,
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const args = [
    'operator',
    'search-attribute',
    'list',
    ...ownConfiguration,
    '--address',
    `127.0.0.1:${port}`,
  ];
  const { stdout } = await promisify(execFile)(cli, [...args, '--namespace', namespace], {
    env,
    timeout: 5_000,
  });
  return registeredAttributes.every(({ name }) => stdout.includes(name));
}
