import { Command } from 'commander';
import { changeSecrets } from '../../db/queries/endpoints.js';
import { HOUR_MS } from '../../domain/time.js';
import { makeSecret, rotated } from '../../push/secrets.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { mustFindEndpoint } from './find.js';

type Flags = { readonly overlap: string; readonly json?: boolean };

const longestOverlapHours = 30 * 24;

/** `forbear webhook rotate`. */
export function rotateCommand(): Command {
  return new Command('rotate')
    .description('give an endpoint a new secret, shown once; meanwhile we sign with both')
    .argument('<endpoint>', 'its address, its id, or how that begins')
    .option('--overlap <hours>', 'for how long the older one counts on; 0 where it has leaked', '24')
    .option('--json', 'for programs')
    .action(rotate);
}

async function rotate(word: string, { overlap, json }: Flags): Promise<void> {
  const hours = Number(overlap);
  if (overlap.trim() === '' || !(hours >= 0 && hours <= longestOverlapHours))
    throw new CommandFailure('usage', `--overlap ${overlap}: give hours, from 0 to ${longestOverlapHours}`);
  const secret = makeSecret();
  const url = await withDatabase(async (db) => {
    const endpoint = await mustFindEndpoint(db, word);
    await changeSecrets(db, endpoint.id, (secrets, now) =>
      rotated(secrets, secret, now.getTime(), hours * HOUR_MS),
    );
    return endpoint.url;
  });
  if (json) {
    printJson({ url, secret, overlapHours: hours });
    return;
  }
  print(secret);
  print(`\nThis is the only time that it is shown. Let the app at ${url} take it beside the older one,`);
  print(
    hours === 0 ? 'at once: the older one counts no more.' : `within ${hours} h: then the older one ends.`,
  );
}
