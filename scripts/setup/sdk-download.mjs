import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable, run } from './run.mjs';

const child = fileURLToPath(new URL('sdk-server.mjs', import.meta.url));
const downloadLimitMs = 90_000;
const probeLimitMs = 60_000;

/**
 * Lets Temporal's SDK download a server and start it once, then keeps the file at `to`. Throws with the SDK's reason.
 * @param {{ root: string, kind: 'dev' | 'time-skipping', version: string, to: string, log: (text: string) => void }} wanted
 */
export async function downloadServer({ root, kind, version, to, log }) {
  const folder = mkdtempSync(join(tmpdir(), 'forbear-download-'));
  try {
    const wanted = { kind, executable: { type: 'cached-download', downloadDir: folder, version } };
    await startOnce(wanted, { root, limitMs: downloadLimitMs, log });
    const file = readdirSync(folder).find((name) => isExecutable(join(folder, name)));
    if (!file) throw new Error("Temporal's SDK left no executable behind");
    mkdirSync(join(to, '..'), { recursive: true });
    copyFileSync(join(folder, file), to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Starts a server that we have through Temporal's SDK, as the tests will, and stops it. Throws with the SDK's reason.
 * @param {{ root: string, kind: 'dev' | 'time-skipping', path: string, log: (text: string) => void }} wanted
 */
export async function probeServer({ root, kind, path, log }) {
  await startOnce(
    { kind, executable: { type: 'existing-path', path } },
    { root, limitMs: probeLimitMs, log },
  );
}

// In a process of its own: the SDK is native code, has no time limit of its own, and would keep this process alive.
async function startOnce(wanted, { root, limitMs, log }) {
  await run(process.execPath, [child, JSON.stringify(wanted)], { cwd: root, limitMs, log });
}
