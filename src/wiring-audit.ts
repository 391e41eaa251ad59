import { createS3Anchors } from './adapters/aws/anchors.js';
import { createFileAnchors } from './adapters/file/anchors.js';
import type { ApiConfig } from './config.js';
import type { Db } from './db/client.js';
import { openLock } from './db/lock.js';
import { DAY_MS, MINUTE_MS } from './domain/time.js';
import type { AnchorPlace } from './ports/anchors.js';
import type { Logger } from './ports/logger.js';
import { createAlerting } from './watch/alerting.js';
import { runAnchoring, type Anchoring } from './watch/anchor-run.js';
import { alertChannelsOf } from './wiring-intake.js';

// Any fixed number: it is the anchors' among our locks.
const anchorLock = 4_217_003;

/** What anchors the audit log, running; where no place is named there is nothing to run. */
export function startAnchoring(config: ApiConfig, db: Db, logger: Logger): Pick<Anchoring, 'stop'> {
  const places = placesOf(config);
  if (places.length === 0) {
    logger.warn({}, 'the audit log is anchored nowhere: set FORBEAR_ANCHOR_FILE, or a bucket');
    return { stop: () => Promise.resolve() };
  }
  const anchoring = runAnchoring({
    db,
    places,
    logger,
    lock: openLock(config.databaseUrl, anchorLock),
    everyMs: 5 * MINUTE_MS,
    alerting: createAlerting({ db, logger, channels: alertChannelsOf(config, logger) }),
  });
  anchoring.start();
  return anchoring;
}

function placesOf({ anchorFile, anchorBuckets }: ApiConfig): AnchorPlace[] {
  const buckets = anchorBuckets.map(({ retainDays, ...bucket }) =>
    createS3Anchors({ ...bucket, retainMs: retainDays * DAY_MS, nowMs: Date.now }),
  );
  return [...(anchorFile === null ? [] : [createFileAnchors(anchorFile)]), ...buckets];
}
