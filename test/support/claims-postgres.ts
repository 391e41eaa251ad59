import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../src/db/client.js';
import { createPostgresApprovals } from '../../src/db/queries/approvals.js';
import { readAuditTrail } from '../../src/db/queries/audit.js';
import { createPostgresClaims } from '../../src/db/queries/claims.js';
import { endGrants, recordGrant } from '../../src/db/queries/grants.js';
import { access } from '../../src/db/schema.js';
import { spokenBody } from '../../src/db/words.js';
import type { ClaimsWorld, SeenAudit } from './claims-case.js';
import { newAccount } from './stack-database.js';

const signed = { by: 'ada', reason: 'a test' };

/** Claims on a database, as whoever is connected to it. `wait`: moves its clock. */
export function claimsOnPostgres(database: Database, wait: ClaimsWorld['wait']): ClaimsWorld {
  const { db } = database;
  return {
    claims: createPostgresClaims(db, { mode: 'enforce', frozen: false }),
    braked: (brakes) => createPostgresClaims(db, brakes),
    approvals: createPostgresApprovals(db),
    newAccount: () => newAccount(database),
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
