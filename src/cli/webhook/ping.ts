import { Command } from 'commander';
import { createWebhookSender } from '../../adapters/webhooks/sender.js';
import { readEndpoint } from '../../db/queries/endpoints.js';
import type { WebhookAnswer } from '../../ports/webhooks.js';
import { messageId, pingMessage } from '../../push/message.js';
import { secretsAt } from '../../push/secrets.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { mustFindEndpoint } from './find.js';

/** `forbear webhook ping`. */
export function pingCommand(): Command {
  return new Command('ping')
    .description('send a signed ping from this machine, and say what came back')
    .argument('<endpoint>', 'its address, its id, or how that begins')
    .option('--json', 'for programs')
    .action(ping);
}

async function ping(word: string, { json }: { json?: boolean }): Promise<void> {
  const endpoint = await withDatabase(async (db) => readEndpoint(db, (await mustFindEndpoint(db, word)).id));
  if (endpoint === null) throw new CommandFailure('notFound', `${word} was removed just now`);
  const { url, secrets } = endpoint;
  const at = Date.now();
  const id = messageId(crypto.randomUUID());
  const message = { url, id, at, body: pingMessage(new Date(at)), secrets: secretsAt(secrets, at) };
  const answer = await createWebhookSender().post(message, new AbortController().signal);
  const tookMs = Date.now() - at;
  const hasArrived = answer.status !== null && answer.status >= 200 && answer.status <= 299;
  if (json) printJson({ url, id, status: answer.status, error: answer.error, tookMs });
  else if (hasArrived) print(`${url} answered ${answer.status} after ${tookMs} ms.`);
  if (!hasArrived) throw new CommandFailure('failed', `${url} ${complaint(answer)}`);
}

/** What to look for, by what came back. */
function complaint({ status, error }: WebhookAnswer): string {
  if (status === null) return `did not answer: ${error}`;
  if (status >= 300 && status <= 399)
    return `answered ${status}: no redirect is followed, so add the address to which it leads`;
  if (status === 400)
    return 'answered 400: most likely it checks with another secret (`forbear webhook rotate` gives a new one)';
  return `answered ${status}; any 2xx would do`;
}
