import type { ApiConfig, WorkerConfig } from '../../config.js';
import type { PolicyBook } from '../../policy/book.js';
import { formatDuration } from '../../domain/time.js';
import type { Alert } from '../../ports/alerts.js';
import { PortError } from '../../ports/errors.js';
import { checkEndpoints, endpointsHere } from '../../watch/endpoints.js';
import { billingOf } from '../../wiring.js';
import { eventsOf, wantedEndpointOf } from '../../wiring-intake.js';
import { broken, ok, unknown, warning, type Diagnosis } from './diagnosis.js';

/** Key and mode of Stripe. */
export async function lookAtStripe({
  stripe,
}: Pick<ApiConfig | WorkerConfig, 'stripe'>): Promise<readonly Diagnosis[]> {
  await billingOf(stripe).ping();
  const mode = stripe.livemode ? 'live' : 'test';
  const at = stripe.apiBase === undefined ? '' : `, at ${stripe.apiBase}`;
  return [ok('stripe', `takes our key, in ${mode} mode${at}`)];
}

/** Whether Stripe sends here what it should. */
export async function lookAtWebhook(config: ApiConfig): Promise<readonly Diagnosis[]> {
  const wanted = wantedEndpointOf(config);
  const endpoints = await eventsOf(config.stripe)
    .endpoints()
    .catch((error: unknown) => {
      // A restricted key may well not be allowed to read them; that is no fault.
      if (error instanceof PortError && error.code === 'BILLING_REFUSED') return null;
      throw error;
    });
  if (endpoints === null)
    return [
      unknown(
        'webhook',
        'this key may not read the webhook endpoints',
        'look at them in Stripe’s dashboard, or give the key the right to read them',
      ),
    ];
  const problems = checkEndpoints(endpoints, wanted);
  if (problems.length > 0) return problems.map(diagnosisOf);
  const here = endpointsHere(endpoints, wanted).filter(({ enabled }) => enabled);
  return [ok('webhook', `${here.map(({ url }) => url).join(', ')} gets every event that is asked for`)];
}

const diagnosisOf = ({ severity, text, remedy }: Alert): Diagnosis =>
  severity === 'page' ? broken('webhook', text, remedy) : warning('webhook', text, remedy);

/**
 * What Stripe does to non-payers by itself, its API doesn't tell: it is asked of whoever runs the doctor, beside what the
 * policy takes it for. Pure.
 */
export function askAboutDunning({ policy }: Pick<PolicyBook, 'policy'>): Diagnosis {
  return unknown(
    'Stripe’s own dunning',
    `the policy takes it that Stripe goes on retrying for ${formatDuration(policy.retryWindowMs)}, and that the only reminders and endings are Forbear’s; Stripe’s API does not tell`,
    'look at Settings → Billing → Revenue recovery in Stripe’s dashboard: retries end when retryWindow does, mails about failed payments are off (else customers hear of two dates), and after the last retry the subscription is left past due or unpaid, not canceled before the policy’s own end',
  );
}
