import type { Client } from '@temporalio/client';
import type { Db } from '../db/client.js';
import { addAccount } from '../db/queries/accounts.js';
import { asCustomerId } from '../domain/ids.js';
import type { Platform } from './platform.js';
import type { Actor, Story } from './stories.js';
import type { Till } from './till.js';
import type { Watch } from './watch.js';

export type World = {
  readonly db: Db;
  readonly till: Till;
  readonly platform: Platform;
  readonly temporal: Client;
};

/** Makes the account of a story real: instances, a Stripe customer with a paid subscription, and our own record of it. */
export async function settleIn(
  { db, till, platform }: World,
  story: Story,
): Promise<{ id: string; customer: string }> {
  const { ref, name, sizes, owesMinor } = story;
  for (const size of sizes) await platform.create(ref, size);
  const email = `billing@${ref}.example`;
  const customer = await till.register({ name, email, ref });
  const { id } = await addAccount(db, { ref, name, contacts: [email], customers: [asCustomerId(customer)] });
  await till.subscribe(customer, owesMinor);
  return { id, customer };
}

// The longest wait of the policy is half a minute with the extension; the whole play has to end within two.
const patienceMs = 60_000;
const wholePlayMs = 100_000;

export function actorOf(
  { till, platform, temporal }: World,
  story: Story,
  { id, customer }: { id: string; customer: string },
  watch: Watch,
  tellAll: (line: string) => void,
): Actor {
  const { ref, name } = story;
  const endBy = Date.now() + wholePlayMs;
  const tell = (text: string) => tellAll(`${name} ${text}`);
  return {
    tell,
    async failRenewal() {
      await till.failRenewal(customer, story.owesMinor);
      tell('could not be charged for its renewal');
    },
    async pay() {
      await till.payAll(customer);
      tell('pays with a new card');
    },
    async extendGrace(days, reason) {
      await temporal.workflow
        .getHandle(`account/${id}`)
        .signal('extendGrace', { days, reason, by: 'Sam of support' });
      tell(`gets ${(days * 86_400).toFixed(1)} s more grace, by the signal extendGrace`);
    },
    setDrainMs: (drainMs) => platform.setDrainMs(ref, drainMs),
    tryToScale: (size) => platform.scale(ref, size),
    until: (what, isSo) => watch.until(ref, what, isSo, Math.min(patienceMs, endBy - Date.now())),
  };
}
