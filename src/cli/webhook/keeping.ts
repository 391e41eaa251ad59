import { Command } from 'commander';
import type { Db } from '../../db/client.js';
import {
  disableEndpoint,
  enableEndpoint,
  removeEndpoint,
  type EndpointRow,
} from '../../db/queries/endpoints.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { signatureOf } from '../signature.js';
import { mustFindEndpoint } from './find.js';

type DisableFlags = { readonly reason: string; readonly by?: string; readonly json?: boolean };

const which = 'its address, its id, or how that begins';

/** `forbear webhook disable`. */
export function disableCommand(): Command {
  return new Command('disable')
    .description('send nothing there until it is enabled by hand; what is to be told waits')
    .argument('<endpoint>', which)
    .requiredOption('--reason <reason>', 'why; `webhook list` shows it')
    .option('--by <name>', 'who (default: you)')
    .option('--json', 'for programs')
    .action((word: string, flags: DisableFlags) => {
      const { by, reason } = signatureOf(flags);
      const work = (db: Db, { id }: EndpointRow) =>
        disableEndpoint(db, id, { because: `${reason} (${by})`, pingInMs: null });
      return keep(word, flags, work, ({ url }) => `${url} is told nothing until \`forbear webhook enable\`.`);
    });
}

/** `forbear webhook enable`. */
export function enableCommand(): Command {
  return new Command('enable')
    .description('send there again, and at once what has waited')
    .argument('<endpoint>', which)
    .option('--json', 'for programs')
    .action((word: string, flags: { json?: boolean }) =>
      keep(
        word,
        flags,
        (db, { id }) => enableEndpoint(db, id),
        ({ url, waiting }) => `${url} is told again, and at once what has waited (accounts: ${waiting}).`,
      ),
    );
}

/** `forbear webhook remove`. */
export function removeCommand(): Command {
  return new Command('remove')
    .description('forget an endpoint, its secrets and everything that it was told')
    .argument('<endpoint>', which)
    .option('--yes', 'also where something still waits for it')
    .option('--json', 'for programs')
    .action((word: string, flags: { yes?: boolean; json?: boolean }) =>
      keep(
        word,
        flags,
        (db, endpoint) => remove(db, endpoint, flags.yes ?? false),
        ({ url }) => `${url} is forgotten.`,
      ),
    );
}

async function remove(db: Db, { id, url, waiting }: EndpointRow, isSure: boolean): Promise<void> {
  if (waiting > 0 && !isSure)
    throw new CommandFailure(
      'refused',
      `something still waits for ${url} (accounts: ${waiting}): give --yes to forget it`,
    );
  await removeEndpoint(db, id);
}

async function keep(
  word: string,
  { json }: { readonly json?: boolean },
  work: (db: Db, endpoint: EndpointRow) => Promise<void>,
  say: (endpoint: EndpointRow) => string,
): Promise<void> {
  const endpoint = await withDatabase(async (db) => {
    const found = await mustFindEndpoint(db, word);
    await work(db, found);
    return found;
  });
  if (json) printJson({ id: endpoint.id, url: endpoint.url });
  else print(say(endpoint));
}
