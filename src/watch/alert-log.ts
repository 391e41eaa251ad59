import { logChannel, type AlertChannel } from '../ports/alerts.js';
import type { Logger } from '../ports/logger.js';

/** The log, which always is a channel: a page is an error there, a warning a warning. */
export function createLogAlerts(logger: Logger): AlertChannel {
  return {
    name: logChannel,
    atLeast: 'warning',
    tell({ key, severity, title, text, remedy, state, since }) {
      const fields = { alert: key, severity, text, since: new Date(since).toISOString() };
      if (state === 'resolved') logger.info(fields, `over: ${title}`);
      else if (severity === 'page') logger.error({ ...fields, remedy }, title);
      else logger.warn({ ...fields, remedy }, title);
      return Promise.resolve();
    },
  };
}
