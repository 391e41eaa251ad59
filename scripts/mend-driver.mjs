// Mends the Postgres driver where its newest version leaves a connection deaf for ever, or ends the process, once a server went
// away at the wrong moment. Why, and until when: docs/decisions/0020-a-mended-driver.md. Imports nothing from npm.
import { existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ofConnection = [
  {
    // A write that waits for its turn is forgotten with the connection. Otherwise no later one on it is ever sent.
    was: 'incomings = null\n    clearImmediate(nextWriteTimer)\n',
    is: 'incomings = null\n    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n',
  },
  {
    // A transaction's next query, or its rollback, is refused when the connection is gone: it was written to nothing.
    was: "if (terminated)\n      return queryError(q, Errors.connection('CONNECTION_DESTROYED', options))\n",
    is: "if (terminated)\n      return queryError(q, Errors.connection('CONNECTION_DESTROYED', options))\n\n    if (socket === null)\n      return (queryError(q, Errors.connection('CONNECTION_CLOSED', options)), true)\n",
  },
  {
    // What was asked of a connection ends with it. Otherwise the answers of its next life go to the wrong queries.
    was: "    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))\n",
    is: "    ;(query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))\n    query = results = errorResponse = null\n    result = new Result()\n    rows = 0\n",
  },
  {
    // It asks for types by itself: that this was in vain is told to who wanted the connection, and to nobody else.
    was: 'return fetchArrayTypes()\n',
    is: 'return void fetchArrayTypes().catch(() => undefined)\n',
  },
];

const ofTransaction = [
  {
    was: 'let savepoints = 0\n      , connection\n',
    is: 'let savepoints = 0\n      , gone = null\n      , connection\n',
  },
  {
    was: 'connection.onclose = reject)',
    is: 'connection.onclose = e => (gone = e, reject(e)))',
  },
  {
    // Whoever is still at work in a transaction that is gone asks nothing of the connection's next one.
    was: '(uncaughtError = e))\n',
    is: '(uncaughtError = e))\n        if (gone !== null)\n          return q.reject(gone)\n',
  },
];

/**
 * Changes the driver in this folder's node_modules. Safe to repeat. Throws when a place is not there exactly once: then
 * it is another version, and somebody has to look whether it still needs this.
 */
export function mendDriver(root) {
  const source = join(root, 'node_modules', 'postgres', 'src');
  if (!existsSync(source)) return;
  mend(join(source, 'connection.js'), ofConnection);
  mend(join(source, 'index.js'), ofTransaction);
}

function mend(file, mends) {
  const before = readFileSync(file, 'utf8');
  const after = mends.reduce((text, { was, is }) => {
    if (text.includes(is)) return text;
    if (text.split(was).length !== 2)
      throw new Error(
        `${file} is not the version that Forbear mends: see docs/decisions/0020-a-mended-driver.md`,
      );
    return text.replace(was, () => is);
  }, before);
  if (after === before) return;
  // In one step, and as a file of its own: other checkouts may share the one that npm laid.
  writeFileSync(`${file}.mended`, after);
  renameSync(`${file}.mended`, file);
}

const self = fileURLToPath(import.meta.url);
// Also where the way to it goes through a symbolic link.
if (realpathSync(process.argv[1]) === self) mendDriver(dirname(dirname(self)));
