import { sql } from 'drizzle-orm';
import { openDatabase } from '../../db/client.js';
import { missingMigrations } from '../../db/migrate.js';
import { isDriverMended } from '../../db/driver.js';
import { listEndpoints, type EndpointRow } from '../../db/queries/endpoints.js';
import { formatDuration, formatInstant, SECOND_MS } from '../../domain/time.js';
import { broken, ok, warning, type Diagnosis } from './diagnosis.js';

const oldestMajor = 15;
// An effect is judged by the database's clock on a standing that is 60 s old at most.
const largestSkewMs = 10 * SECOND_MS;

/** Version, schema and clock of the database, whether anything waits in the inbox, and whether the app is told. */
export async function lookAtDatabase(url: string): Promise<readonly Diagnosis[]> {
  const database = openDatabase(url, 1);
  try {
    const { db } = database;
    const [about] = await db.execute<{ version: string; now: number }>(
      sql`select current_setting('server_version_num') as version, extract(epoch from clock_timestamp()) * 1000 as now`,
    );
    const major = Math.floor(Number(about?.version) / 10_000);
    const skewMs = Math.abs(Date.now() - Number(about?.now));
    const missing = await missingMigrations(db);
    const found = [
      major < oldestMajor
        ? broken('database', `Postgres ${major} is too old`, `take Postgres ${oldestMajor} or newer`)
        : ok('database', `Postgres ${major} answers`),
      missing > 0
        ? broken('schema', `${missing} migrations are missing`, 'run forbear migrate')
        : ok('schema', 'is the newest'),
      skewMs > largestSkewMs
        ? broken(
            'clocks',
            `the database's clock and ours are ${formatDuration(skewMs)} apart: no effect would be granted`,
            'let both machines keep time by NTP',
          )
        : ok('clocks', 'agree'),
      isDriverMended()
        ? ok('driver', 'outlives a restart of Postgres')
        : broken(
            'driver',
            'may hang for ever, or end the process, when Postgres restarts',
            'run node scripts/mend-driver.mjs after npm, or take the image',
          ),
    ];
    return missing > 0
      ? found
      : [...found, ...(await inboxOf(db)), ...(await listEndpoints(db)).map(endpointOf)];
  } finally {
    await database.close();
  }
}

/** What waits in the inbox, and who may ask. */
export async function inboxOf(db: ReturnType<typeof openDatabase>['db']): Promise<Diagnosis[]> {
  const [row] = await db.execute<{
    waiting: string;
    unmatched: string;
    oldest: string | null;
    keys: string;
  }>(sql`
    select count(*) as waiting,
           -- Asked for together with what is pending, it would be in no index, and the whole inbox be read.
           (select count(distinct customer) from inbox where state = 'unmatched') as unmatched,
           extract(epoch from clock_timestamp() - min(received_at)) * 1000 as oldest,
           (select count(*) from api_keys where revoked_at is null) as keys
      from inbox where state = 'pending'`);
  const [waiting, unmatched, keys] = [Number(row?.waiting), Number(row?.unmatched), Number(row?.keys)];
  const oldestMs = Number(row?.oldest);
  return [
    oldestMs > 60 * SECOND_MS
      ? broken(
          'inbox',
          `${waiting} events wait, the oldest for ${formatDuration(oldestMs)}`,
          'see that forbear serve runs and reaches Temporal',
        )
      : ok('inbox', 'nothing is stuck'),
    unmatched > 0
      ? warning(
          'customers',
          `${unmatched} customers with events belong to no account`,
          'forbear account list --unmatched, then forbear account link',
        )
      : ok('customers', 'all are known'),
    keys === 0
      ? warning(
          'keys',
          'none: no app can ask what an account may do',
          'forbear key create --name app --scope access:read',
        )
      : ok('keys', `${keys} in use`),
  ];
}

/** Whether what is told to an endpoint arrives. Pure. */
export function endpointOf(endpoint: EndpointRow): Diagnosis {
  const { id, url, waiting, disabledAt, disabledBecause, failingSince, isPinged } = endpoint;
  const part = `app ${new URL(url).host}`;
  const word = id.slice(0, 8);
  if (disabledAt !== null)
    return broken(
      part,
      `is told of no change since ${formatInstant(disabledAt.getTime())}: ${disabledBecause}; accounts that wait: ${waiting}`,
      isPinged
        ? `let ${url} answer with 2xx: it is asked every hour, or at once by forbear webhook enable ${word}`
        : `forbear webhook enable ${word}, or forbear webhook remove ${word} where nobody is there any more`,
    );
  if (failingSince !== null)
    return broken(
      part,
      `nothing has arrived since ${formatInstant(failingSince.getTime())}; accounts that wait: ${waiting}`,
      `forbear webhook ping ${word} says what ${url} answers`,
    );
  return ok(part, `is told of every change${waiting > 0 ? `; on their way: ${waiting}` : ''}`);
}
