// A dispatcher as a process of its own, to be killed or frozen between signal and mark: it signals, says so, and goes on when
// it is told to. Arguments: the database's URL and Temporal's address.
import { once } from 'node:events';
import { Client, Connection } from '@temporalio/client';
import { openDatabase } from '../../src/db/client.js';
import { dispatchBatch } from '../../src/dispatcher/dispatch.js';
import { createSignaller } from '../../src/dispatcher/signaller.js';
import { dispatching } from './dispatcher.js';

const [url = '', address = ''] = process.argv.slice(2);
const database = openDatabase(url, 1);
const signaller = createSignaller(new Client({ connection: Connection.lazy({ address }) }));
const deps = dispatching(database.db, {
  billing: { readCustomer: () => Promise.resolve(null) },
  signaller: {
    async signal(...told) {
      await signaller.signal(...told);
      console.log('signalled');
      await once(process.stdin, 'data');
    },
  },
});
const failure = await dispatchBatch(deps).then(
  () => null,
  (error: unknown) => error,
);
console.log(failure === null ? 'marked' : 'failed');
process.exit(0);
