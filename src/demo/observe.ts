import { asc, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../db/client.js';
import { listAccounts } from '../db/queries/accounts.js';
import { listCases } from '../db/queries/cases.js';
import { effects, notices, promises } from '../db/schema.js';
import type { StackDescription } from '../dev/description.js';
import type { Platform } from './platform.js';
import { nothingSeen, type Scene, type Size } from './scene.js';

const mailsSchema = z.array(z.object({ messageId: z.string() }));

/** Looks once at everything; the scene of each account by its ref. */
export async function observe(
  { db, stack, platform }: { db: Db; stack: StackDescription; platform: Platform },
  cast: readonly { readonly ref: string; readonly sizes: readonly Size[] }[],
): Promise<Map<string, Scene>> {
  const [accounts, cases, told, promised, pauses, caught, instances] = await Promise.all([
    listAccounts(db, 100),
    listCases(db, { closed: true }),
    db.select().from(notices).orderBy(asc(notices.acceptedAt)),
    db.select().from(promises).where(eq(promises.step, 'pause')),
    db.select().from(effects).where(eq(effects.step, 'pause')).orderBy(asc(effects.claimedAt)),
    caughtMails(stack.mail.messages),
    Promise.all(cast.map(({ ref }) => platform.instances(ref))),
  ]);
  const scenes = cast.map(({ ref, sizes }, index): [string, Scene] => {
    const account = accounts.find((row) => row.ref === ref);
    if (account === undefined) return [ref, nothingSeen];
    const newest = cases.find((row) => row.ref === ref);
    const letters = told.filter((row) => row.account === account.id);
    const dates = promised.filter((row) => row.account === account.id).map(({ at }) => at.getTime());
    const scene: Scene = {
      stage: newest?.stage ?? null,
      owed: newest === undefined ? '' : newest.owed,
      nextStep: newest?.nextStep ?? null,
      nextAt: newest?.nextAt?.getTime() ?? null,
      access: account.access,
      instances: (instances[index] ?? []).map((instance) => {
        const usual = sizes.find(({ id }) => id === instance.id);
        return usual === undefined ? instance : { ...instance, usualSize: usual.size };
      }),
      topics: letters.filter(({ messageId }) => caught.has(bare(messageId))).map(({ topic }) => topic),
      toldPauseAt: [...new Set(dates)],
      pausedAt: pauses.find((row) => row.account === account.id)?.claimedAt.getTime() ?? null,
    };
    return [ref, scene];
  });
  return new Map(scenes);
}

/** The Message-IDs of what really reached a mail server, not of what we believe to have sent. */
async function caughtMails(url: string): Promise<Set<string>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return new Set(mailsSchema.parse(await response.json()).map(({ messageId }) => bare(messageId)));
}

const bare = (messageId: string) => messageId.replace(/[<>\s]/g, '');
