import { Command } from 'commander';
import { addEndpoint } from '../../db/queries/endpoints.js';
import { makeSecret } from '../../push/secrets.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';

type Flags = { readonly insecure?: boolean; readonly json?: boolean };

/** `forbear webhook add`. */
export function addCommand(): Command {
  return new Command('add')
    .description('tell an address of the app of every change from now on; its secret is shown once')
    .argument('<url>', 'where the app receives, such as https://app.example.com/webhooks/forbear')
    .option('--insecure', 'also over plain http to another machine, where anybody on the way can read it')
    .option('--json', 'for programs')
    .action(add);
}

async function add(word: string, flags: Flags): Promise<void> {
  const url = addressOf(word, flags.insecure ?? false);
  const secret = makeSecret();
  const made = await withDatabase((db) => addEndpoint(db, url, secret));
  if (made === null)
    throw new CommandFailure(
      'refused',
      `${url} is told already; \`forbear webhook rotate\` gives it another secret`,
    );
  if (flags.json) {
    printJson({ ...made, url, secret });
    return;
  }
  print(secret);
  print(`\nThis is the only time that it is shown: the app checks with it what we send to ${url}.`);
  print(`Try it with: forbear webhook ping ${made.id.slice(0, 8)}`);
}

/** The address as it is kept. Ends the command when nothing should be sent there. */
export function addressOf(word: string, isInsecure: boolean): string {
  const refuse = (why: string) => new CommandFailure('usage', `${word}: ${why}`);
  const url = URL.canParse(word) ? new URL(word) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw refuse('must be an address such as https://app.example.com/webhooks/forbear');
  if (url.username !== '' || url.password !== '')
    throw refuse('leave user and password out: what we send is signed, and an address stands in logs');
  if (url.hash !== '') throw refuse('leave out what is behind #: it is never sent');
  if (url.protocol === 'http:' && !isInsecure && !isOnThisMachine(url))
    throw refuse('must begin with https, or give --insecure');
  return url.href;
}

const isOnThisMachine = ({ hostname }: URL) =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
