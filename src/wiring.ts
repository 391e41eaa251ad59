import { existsSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../activities/index.js';
import { checkMails } from './adapters/mail/mails.js';
import { createSmtpMailer, verifySmtp } from './adapters/mail/smtp.js';
import { withSlackAsks } from './adapters/slack/approvals.js';
import { createStripeBilling } from './adapters/stripe/billing.js';
import { createStripeClient } from './adapters/stripe/client.js';
import { createWebhookSender } from './adapters/webhooks/sender.js';
import { codecFor } from './codec/wire.js';
import type { LinksConfig } from './config-approvers.js';
import { ConfigError, type ApiConfig, type WorkerConfig } from './config.js';
import { accessChannel, listenOn, tell } from './db/changes.js';
import type { Database } from './db/client.js';
import { readAccess } from './db/queries/access.js';
import { readAccountPage, readListedAccount } from './db/queries/account-pages.js';
import { createPostgresAccounts } from './db/queries/accounts.js';
import { createPostgresApprovals } from './db/queries/approvals.js';
import { createPostgresCases } from './db/queries/cases.js';
import { createPostgresClaims } from './db/queries/claims.js';
import { listDeliveries, resendDelivery } from './db/queries/deliveries.js';
import { createPostgresDrills } from './db/queries/drills.js';
import { createPostgresDeletions } from './db/queries/deletions.js';
import { listEndpoints } from './db/queries/endpoints.js';
import { readKeys, touchKey } from './db/queries/keys.js';
import { readPayer } from './db/queries/payers.js';
import type { Compose } from './db/queries/outbox.js';
import { createPostgresPolicies } from './db/queries/policies.js';
import { createPostgresSessionEnds } from './db/queries/session-ends.js';
import { createPostgresSnapshots } from './db/queries/snapshots.js';
import { createPostgresSweeps } from './db/queries/sweep.js';
import { createRuns } from './dispatcher/runs.js';
import { makeCode } from './guard/approval-code.js';
import { signLink } from './guard/approval-link.js';
import type { GuardSettings } from './guard/brakes.js';
import { createPayLinks } from './guard/pay-link.js';
import { composeAnswer, type PayUrlOf } from './http/access/answer.js';
import { openFeed, type Feed } from './http/access/feed.js';
import type { ApiDeps } from './http/api.js';
import { createLogger } from './log/logger.js';
import type { ApprovalRow } from './ports/approvals.js';
import type { Billing } from './ports/billing.js';
import type { Logger } from './ports/logger.js';
import { createCourier } from './push/courier.js';
import { changeMessage } from './push/message.js';
import type { PushDeps } from './push/run.js';
import { createPace } from './pace.js';
import { slackAsking } from './wiring-bulk.js';
import { openSessionStore } from './wiring-sessions.js';
import { openTarget } from './wiring-targets.js';

export { createLogger };

export function billingOf(stripe: ApiConfig['stripe']) {
  return createStripeBilling(createStripeClient(stripe), stripe.metadataKey, Date.now);
}

/** What the guard goes by. The file is looked for at each claim, and before each call on the world. */
function guardSettingsOf({ brakes: { freezeFile, ...brakes } }: WorkerConfig): GuardSettings {
  return { ...brakes, isFrozenByFile: () => freezeFile !== null && existsSync(freezeFile) };
}

/** Whether the mail server takes a connection; for `readyz`. */
export function smtpCheck(url: string): () => Promise<unknown> {
  return () => verifySmtp(url);
}

/** Throws `ConfigError` with every mistake in the operator's folder of mails: better now than when one is due. */
export async function checkMailsFolder({ mails }: WorkerConfig): Promise<void> {
  const mistakes = mails === null ? [] : await checkMails(mails);
  if (mistakes.length > 0)
    throw new ConfigError(`the mails in ${mails} are not right:\n  ${mistakes.join('\n  ')}`);
}

/** The address of the page on which this approver decides on this request, until it expires. */
function approvalLinkOf({ secret, publicUrl }: LinksConfig) {
  return ({ id: approval, expiresAt }: ApprovalRow, approver: string) =>
    `${publicUrl}/approvals/${signLink(secret, { approval, approver, expiresAt })}`;
}

/** Hears which finished answers of the API are out of date. */
export function openAccessFeed({ databaseUrl }: ApiConfig, { db }: Database): Feed {
  return openFeed({
    listen: (ears) => listenOn(databaseUrl, accessChannel, ears),
    tell: (payload) => tell(db, accessChannel, payload),
  });
}

type ApiParts = {
  readonly database: Database;
  readonly feed: Feed;
  readonly billing: Billing;
  readonly logger: Logger;
  /** Ends what would otherwise go on for long. */
  readonly stopping: AbortSignal;
};

/** Where an account's people pay, by a link that says nothing to anybody else. */
function payUrlOf({ links }: ApiConfig): PayUrlOf {
  if (links === null) return null;
  const { sign } = createPayLinks(links.secret);
  return (account) => `${links.publicUrl}/pay/${sign(account)}`;
}

/** Everything that pushing changes is given. */
export function pushDeps(config: ApiConfig, { database: { db }, feed, logger }: ApiParts): PushDeps {
  const sender = createWebhookSender();
  return {
    db,
    courier: createCourier({ db, sender, logger, nowMs: Date.now, dice: Math.random }),
    compose: composeNews(payUrlOf(config), logger),
    listen: (wake) => feed.join({ changed: wake, missed: wake }),
    logger,
  };
}

/** A row of which nothing can be told is said, and is nobody else's trouble. */
function composeNews(payUrl: PayUrlOf, logger: Logger): Compose {
  return (row, now) => {
    try {
      const { answer, expiresAt } = composeAnswer(row, payUrl, now.getTime());
      const body = changeMessage(JSON.stringify(answer), now);
      return { account: row.id, version: answer.version, body, expiresAt };
    } catch (error) {
      logger.error(
        { error, account: row.id },
        'no answer can be made of this account: its change was not pushed',
      );
      return null;
    }
  };
}

/** What the Web UI may ask to have decoded, and from where. */
function codecOf({ codecUiOrigin: origin, temporal: { codec } }: ApiConfig) {
  return origin === null || codec === null ? undefined : codecFor(codec, origin);
}

/** Everything the API for the app is given. */
export function apiDeps(
  config: ApiConfig,
  { database: { db }, feed, billing, logger, stopping }: ApiParts,
): ApiDeps {
  const links = config.links === null ? null : createPayLinks(config.links.secret);
  return {
    readKeys: (hashes) => readKeys(db, hashes),
    touchKey: (id) => touchKey(db, id),
    perMinute: config.requestsPerMinute,
    readAccess: (asked) => readAccess(db, asked),
    payUrlOf: payUrlOf(config),
    readEndpoints: () => listEndpoints(db),
    readDeliveries: (filter) => listDeliveries(db, filter),
    resend: (endpoint, delivery) => resendDelivery(db, endpoint, delivery),
    stopping,
    limit: config.keptAnswers,
    readPage: (page) => readAccountPage(db, page),
    readOne: (by, name) => readListedAccount(db, by, name),
    codec: codecOf(config),
    pay: links ? { links, billing, logger, readPayer: (account) => readPayer(db, account) } : undefined,
    feed,
    logger,
    nowMs: Date.now,
  };
}

/** Everything the activities are given, built once. */
export function activityDeps(config: WorkerConfig, { db }: Database, temporal: Client): ActivityDeps {
  return {
    accounts: createPostgresAccounts(db),
    approvalLink: config.links === null ? null : approvalLinkOf(config.links),
    approvalCode: (id, approver) => makeCode(config.links?.secret ?? null, id, approver),
    approvals: createPostgresApprovals(db),
    billing: billingOf(config.stripe),
    cases: createPostgresCases(db),
    claims: createPostgresClaims(db, guardSettingsOf(config), config.links?.secret ?? null),
    deletions: createPostgresDeletions(db),
    drills: createPostgresDrills(db, guardSettingsOf(config)),
    logger: createLogger('activities'),
    mailer: withSlackAsks(
      createSmtpMailer({ url: config.smtpUrl, from: config.mailFrom, overrides: config.mails }),
      slackAsking(config.approverSlack),
    ),
    messageDomain: config.mailFrom.split('@')[1] ?? 'forbear.invalid',
    nextTurn: createPace(config.sweepPerSecond),
    policies: createPostgresPolicies(db, config.policy),
    runs: createRuns(temporal),
    sessionEnds: createPostgresSessionEnds(db),
    sessionStores: config.sessions.map(openSessionStore),
    snapshots: createPostgresSnapshots(db),
    sweeps: createPostgresSweeps(db),
    targets: config.targets.map(openTarget),
  };
}
