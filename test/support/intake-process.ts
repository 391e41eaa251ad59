import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SecretText } from './intake.js';
import { checkout } from './stack-folder.js';

const runner = fileURLToPath(new URL('intake-runner.ts', import.meta.url));

export type IntakeSettings = {
  readonly databaseUrl: string;
  readonly secrets: readonly SecretText[];
  /** 0: any free one. */
  readonly port: number;
};

export type IntakeProcess = {
  readonly webhook: string;
  /** As a crash would: nothing it holds is written any more. Returns at once. */
  kill9(): void;
  /** Settled once it is gone. */
  readonly gone: Promise<void>;
};

/** The intake alone, in a process of its own; resolves when it takes deliveries. */
export async function startIntakeProcess(settings: IntakeSettings): Promise<IntakeProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', runner, JSON.stringify(settings)], {
    cwd: checkout,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const [line] = (await child.stdout.take(1).toArray()) as Buffer[];
  if (line === undefined) throw new Error('the intake did not start');
  return { webhook: line.toString().trim(), kill9: () => void child.kill('SIGKILL'), gone };
}
