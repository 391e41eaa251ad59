import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../client.js';
import { isAboutData, storeEvents } from '../queries/inbox.js';
import { arrivalsOf, type Answer, type Batch } from './batch.js';

// One thread of its own for what takes the intake most of its time: deflating, and writing to Postgres.
const { databaseUrl } = workerData as { readonly databaseUrl: string };
const { db } = openDatabase(databaseUrl, 1);

parentPort?.on('message', (batch: Batch) => {
  void store(batch).then((answer) => parentPort?.postMessage(answer));
});

async function store(batch: Batch): Promise<Answer> {
  try {
    const proofs = await storeEvents(db, arrivalsOf(batch));
    return { stored: true, duplicates: proofs.map(({ duplicate }) => duplicate) };
  } catch (error) {
    return { stored: false, reason: reasonOf(error), isAboutData: isAboutData(error) };
  }
}

/** A code, such as Postgres' own: the messages repeat what was to be written. */
function reasonOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  if (!(at instanceof Error)) return typeof at;
  const { code } = at as { readonly code?: unknown };
  return typeof code === 'string' ? code : at.name;
}
