import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readDevConfig, readFakeStripeConfig, readPlatformToken } from '../config-dev.js';
import { environment } from '../config.js';
import { print } from './output.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dataFolder = join(root, '.forbear');

// What only a trial needs is loaded when it is asked for: the production image does not have it.

/** `forbear dev`: the whole stack on this machine, kept running. */
export function devCommand(): Command {
  return new Command('dev')
    .description('run everything on this machine: Postgres, Temporal, a fake Stripe, mails, api and worker')
    .action(async () => {
      const { runDev } = await import('../dev/run.js');
      const config = readDevConfig(environment(), 'default');
      process.exitCode = await runDev({
        root,
        dataFolder,
        ...config,
        policyFile: join(root, config.policyFile),
        say: print,
      });
    });
}

/** `forbear demo`: the same stack, and accounts that live through their troubles in it. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('watch accounts being reminded, paused and given back, in a minute')
    .option('--exit', 'end by itself; exit code 0 only if every account ended as expected')
    .action(async ({ exit = false }: { exit?: boolean }) => {
      const { runDemoStack } = await import('../demo/run.js');
      const config = readDevConfig(environment(), 'free');
      const options = { root, dataFolder: join(dataFolder, 'demo'), ...config, stripe: null, say: print };
      process.exitCode = await runDemoStack(
        { ...options, policyFile: join(root, 'policies', 'demo.yaml') },
        exit,
      );
    });
}

type FakeFlags = { port: string; host: string };

/** `forbear stripe-fake`: the fake alone, for the container stack. */
export function stripeFakeCommand(): Command {
  return new Command('stripe-fake')
    .description('run the fake Stripe alone')
    .requiredOption('--port <port>', 'where it listens')
    .option('--host <host>', 'on which address', '127.0.0.1')
    .action(async ({ port, host }: FakeFlags) => {
      const { startStripeFake } = await import('../stripe-fake/server.js');
      const fake = await startStripeFake({
        port: Number(port),
        host,
        ...readFakeStripeConfig(environment()),
      });
      print(JSON.stringify({ base: fake.base }));
    });
}

/** `forbear platform-fake`: the fake hosting platform alone, for the container stack. */
export function platformFakeCommand(): Command {
  return new Command('platform-fake')
    .description('run the fake hosting platform alone')
    .requiredOption('--port <port>', 'where it listens')
    .option('--host <host>', 'on which address', '127.0.0.1')
    .action(async ({ port, host }: FakeFlags) => {
      const { startPlatformFake } = await import('../platform-fake/server.js');
      const fake = await startPlatformFake({
        port: Number(port),
        host,
        token: readPlatformToken(environment()),
      });
      print(JSON.stringify({ base: fake.base }));
    });
}

/** `forbear mail-catcher`: the catcher alone, for the container stack. */
export function mailCatcherCommand(): Command {
  return new Command('mail-catcher')
    .description('run the mail catcher alone')
    .requiredOption('--port <port>', 'where it takes mails, by SMTP')
    .requiredOption('--http-port <port>', 'where it shows them')
    .option('--host <host>', 'on which address', '127.0.0.1')
    .option('--file <path>', 'where it keeps them', 'mails.jsonl')
    .action(async ({ port, httpPort, host, file }: FakeFlags & { httpPort: string; file: string }) => {
      const { startMailCatcher } = await import('../dev/mail-catcher-server.js');
      const catcher = await startMailCatcher({
        smtpPort: Number(port),
        httpPort: Number(httpPort),
        host,
        file,
      });
      print(JSON.stringify({ messages: catcher.messages }));
    });
}
