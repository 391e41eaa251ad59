import type { Db } from '../../db/client.js';
import { findEndpoints, type EndpointRow } from '../../db/queries/endpoints.js';
import { CommandFailure } from '../output.js';

/** The endpoint that a word names: its address, its id, or how that begins. */
export async function mustFindEndpoint(db: Db, word: string): Promise<EndpointRow> {
  const [found, ...others] = await findEndpoints(db, word);
  if (found === undefined)
    throw new CommandFailure('notFound', `no endpoint is "${word}": \`forbear webhook list\` shows them`);
  if (others.length > 0)
    throw new CommandFailure('refused', `the ids of several endpoints begin with "${word}": give one whole`);
  return found;
}
