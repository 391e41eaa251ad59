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
    const { message } = error instanceof Error ? error : new Error(String(error));
    return { stored: false, message, isAboutData: isAboutData(error) };
  }
}
