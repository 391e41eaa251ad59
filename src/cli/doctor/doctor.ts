import { lookAtAlerts } from './alerts.js';
import { lookAtDatabase } from './database.js';
import { examine, type Diagnosis } from './diagnosis.js';
import { readSettings, type Settings } from './settings.js';
import { lookAtIntake } from './intake.js';
import { askAboutDunning, lookAtStripe, lookAtWebhook } from './stripe.js';
import { lookAtTemporal } from './temporal.js';
import { lookAtSweeps } from './sweep.js';
import { lookAtApi, lookAtMail, lookAtTarget } from './world.js';
import { operatorEnvironment } from '../environment.js';
import { CommandFailure, print, printJson, printTable } from '../output.js';

/** Says of every part what was found and what to do about it. Throws `CommandFailure` when one is broken. */
export async function doctor(flags: { json?: boolean }): Promise<void> {
  const settings = readSettings(operatorEnvironment());
  const found = [...settings.found, ...(await Promise.all(looksOf(settings))).flat()];
  if (flags.json) found.forEach((one) => printJson(one));
  else show(found);
  const ill = found.filter(({ state }) => state === 'broken').length;
  if (ill > 0) throw new CommandFailure('failed', `${ill} of ${found.length} parts are broken`);
}

/** Whatever can be looked at with the settings that there are, all at once. */
function looksOf({ api, worker }: Settings): Promise<readonly Diagnosis[]>[] {
  const either = api ?? worker;
  if (either === null) return [];
  const smtpUrl = worker?.smtpUrl ?? api?.smtpUrl;
  return [
    examine('database', 'is DATABASE_URL right, and is it running?', () =>
      lookAtDatabase(either.databaseUrl),
    ),
    examine(
      'stripe',
      'is STRIPE_SECRET_KEY right, and does it have the rights that docs/operations.md names?',
      () => lookAtStripe(either),
    ),
    examine('temporal', 'are TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE right, and is it running?', () =>
      lookAtTemporal(either.temporal),
    ),
    ...(smtpUrl === undefined
      ? []
      : [examine('mail', 'is SMTP_URL right, with its user and password?', () => lookAtMail(smtpUrl))]),
    ...(worker?.targets ?? []).map((target) =>
      examine(`platform ${target.name}`, 'are its base and token in forbear.yaml right?', () =>
        lookAtTarget(target),
      ),
    ),
    ...(worker === null ? [] : [Promise.resolve([askAboutDunning(worker.policy)])]),
    ...(api === null
      ? []
      : [
          examine('webhook', 'Stripe’s endpoints could not be looked at; see what is said of stripe', () =>
            lookAtWebhook(api),
          ),
          examine('intake', 'see what is said of the database and of stripe', () => lookAtIntake(api)),
          examine('api', 'start forbear serve, and see that FORBEAR_PUBLIC_URL leads to it', () =>
            lookAtApi(api),
          ),
          examine('sweep', 'are DATABASE_URL and the schema right?', () => lookAtSweeps(api)),
          examine('alerts', 'are DATABASE_URL and the schema right?', () => lookAtAlerts(api)),
        ]),
  ];
}

const marks: Readonly<Record<Diagnosis['state'], string>> = {
  ok: 'ok',
  warning: 'see to it',
  broken: 'BROKEN',
  unknown: 'not seen',
};

function show(found: readonly Diagnosis[]): void {
  const rows = found.map(({ part, state, text, remedy }) => [
    part,
    marks[state],
    remedy === null ? text : `${text}\n→ ${remedy}`,
  ]);
  printTable(['part', '', 'what was found'], rows, '', { wraps: [2] });
  const states = new Set(found.map(({ state }) => state));
  if (states.has('warning') || states.has('broken')) return;
  print(states.has('unknown') ? 'All that can be looked at is well.' : 'All is well.');
}
