import { eq, sql } from 'drizzle-orm';
import type { Database, Db } from '../../src/db/client.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import { createPostgresApprovals } from '../../src/db/queries/approvals.js';
import { readAuditTrail } from '../../src/db/queries/audit.js';
import { noteBounce } from '../../src/db/queries/bounces.js';
import { trippedBreakers } from '../../src/db/queries/breakers.js';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import { createPostgresClaims } from '../../src/db/queries/claims.js';
import { endGrants, recordGrant } from '../../src/db/queries/grants.js';
import { allowActs, releaseBreaker } from '../../src/db/queries/switches.js';
import { access, accounts, breakerActs, breakerAsks, breakerCensus, breakers } from '../../src/db/schema.js';
import { spokenBody } from '../../src/db/words.js';
import { breakerKinds, rehearsalBreakers } from '../../src/domain/breaker.js';
import { asCustomerId, type AccountId } from '../../src/domain/ids.js';
import type { GuardSettings } from '../../src/guard/brakes.js';
import { caseFileOf } from './facts.js';
import { linkSecret, type BrakesWorld, type ClaimsWorld, type SeenAudit } from './claims-case.js';

const signed = { by: 'ada', reason: 'a test' };

const unbraked: GuardSettings = {
  mode: 'enforce',
  frozen: false,
  isFrozenByFile: () => false,
  breakers: rehearsalBreakers,
};

async function aBilledAccount(db: Db, traits?: Parameters<ClaimsWorld['newAccount']>[0]): Promise<AccountId> {
  const ref = crypto.randomUUID();
  const customers = [asCustomerId(`cus_${ref}`)];
  const { id } = await addAccount(db, { ref, name: ref, contacts: [], customers });
  if (traits !== undefined) await db.update(accounts).set(traits).where(eq(accounts.id, id));
  return id;
}

function postgresBrakes(db: Db): BrakesWorld {
  return {
    reset: async () => {
      for (const table of [breakers, breakerActs, breakerAsks]) await db.delete(table);
    },
    count: async ({ paying, countries = {}, plans = {}, forecast = 0 }) => {
      await db.delete(breakerCensus);
      const expected = { hour: forecast, day: forecast };
      const each = Object.fromEntries(breakerKinds.map((kind) => [kind, expected]));
      // Nobody counts again for ten minutes.
      const countedAt = sql`clock_timestamp()`;
      await db.insert(breakerCensus).values({ paying, countries, plans, forecast: each, countedAt });
    },
    release: async (kind) => {
      await releaseBreaker(db, kind, signed);
    },
    allow: (kind, count, until) => allowActs(db, kind, { ...signed, count, until: new Date(until) }),
    tripped: async (kind) => (await trippedBreakers(db)).find((one) => one.kind === kind)?.cause ?? null,
  };
}

/** Claims on a database, as whoever is connected to it; `owner` sets the stage. `wait`: moves its clock. */
export function claimsOnPostgres(
  database: Database,
  wait: ClaimsWorld['wait'],
  owner: Database = database,
): ClaimsWorld {
  const { db } = database;
  return {
    claims: createPostgresClaims(db, unbraked, linkSecret),
    braked: (settings) => createPostgresClaims(db, { ...unbraked, ...settings }, linkSecret),
    brakes: postgresBrakes(owner.db),
    async closeCase(account, caseId) {
      const at = Date.now();
      const file = { ...caseFileOf(), id: caseId, account, openedAt: at, closedAt: at };
      await createPostgresCases(db).save(file, null, at);
    },
    approvals: createPostgresApprovals(db),
    newAccount: (traits) => aBilledAccount(db, traits),
    now: async () => {
      const [row] = await db.execute<{ now: string }>(
        sql`select extract(epoch from clock_timestamp()) * 1000 as now`,
      );
      return Math.floor(Number(row?.now));
    },
    wait,
    async grantService(account, until) {
      const recorded = await recordGrant(db, account, { kind: 'manual', until, ...signed });
      if (recorded === null) throw new Error('the grant was not recorded');
    },
    async endGrant(account) {
      await endGrants(db, account, { kind: null, ...signed });
    },
    async bounce(messageId, recipient) {
      await noteBounce(db, {
        is: 'bounce',
        messageIds: [messageId],
        failed: [{ names: [recipient], status: '5.1.1' }],
      });
    },
    access: async (account) => {
      const { access: left, version, fallback, restrictions } = access;
      const shown = { access: left, version, fallback, restrictions };
      const [row] = await db.select(shown).from(access).where(eq(access.account, account));
      return row ?? { access: 'active', version: 0, fallback: null, restrictions: [] };
    },
    audit: async (account) => {
      const lines: SeenAudit[] = [];
      for await (const row of readAuditTrail(db, account)) lines.push({ ...row, body: spokenBody(row) });
      return lines;
    },
  };
}
