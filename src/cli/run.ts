import { Command } from 'commander';
import { environment, readApiConfig, readDatabaseConfig, readWorkerConfig } from '../config.js';
import { grantService, GrantRefused } from '../db/grants.js';
import { migrate } from '../db/migrate.js';
import { operatorEnvironment } from './environment.js';
import { CommandFailure, print, printJson } from './output.js';

const stopped = () =>
  new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });

/** `forbear serve`: the intake and the dispatcher. */
export function serveCommand(): Command {
  return new Command('serve').description('run the api: webhook intake and dispatcher').action(async () => {
    const { startApi } = await import('../api.js');
    const api = await startApi(readApiConfig(environment()));
    printJson({ ready: true, url: api.url });
    await stopped();
    await api.close();
  });
}

/** `forbear worker`: the workflows and their effects. */
export function workerCommand(): Command {
  return new Command('worker').description('run the worker: cases and their effects').action(async () => {
    const { quietRuntime, startWorker } = await import('../worker.js');
    const config = readWorkerConfig(environment());
    quietRuntime();
    const worker = await startWorker(config);
    printJson({ ready: true });
    void stopped().then(() => worker.stop());
    await worker.done;
  });
}

/** `forbear migrate`: brings the database to the newest schema. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to the newest schema')
    .option('--grant <role>', 'give this role what api, worker and commands need, and no more')
    .action(async ({ grant: role }: { grant?: string }) => {
      const { databaseUrl } = readDatabaseConfig(operatorEnvironment());
      await migrate(databaseUrl);
      print('The database is up to date.');
      if (role === undefined) return;
      await grantService(databaseUrl, role).catch((error: unknown) => {
        throw error instanceof GrantRefused ? new CommandFailure('refused', error.message) : error;
      });
      print(`${role} has what api and worker need: it can add to the audit log, and change nothing in it.`);
    });
}
