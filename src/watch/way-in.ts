import type { Alert } from '../ports/alerts.js';
import type { TryWayIn, WayIn } from '../ports/way-in.js';
import { lookOf, type Look } from './look.js';

/** Whether what Stripe sends to `url` comes to us. Without an address there is nothing to try. */
export async function lookAtWayIn(tryWayIn: TryWayIn, url: string | null): Promise<Look> {
  if (url === null) return lookOf([], []);
  return lookOf(['way_in'], [closedWay(url, await tryWayIn(url))]);
}

/** What is wrong with the way in. Pure. */
export function closedWay(url: string, way: WayIn): Alert | null {
  const { host, pathname } = new URL(url);
  const alert = (title: string, text: string, remedy: string): Alert => ({
    key: 'way_in',
    severity: 'page',
    title,
    text,
    remedy,
  });
  switch (way.is) {
    case 'open':
      return null;
    case 'other_secret':
      return alert(
        `${host} leads to an intake with another secret`,
        `What is sent to ${url} comes to a Forbear whose webhook secret is another one than ours.`,
        'See that every forbear serve behind this address has the same STRIPE_WEBHOOK_SECRET, and that none of an older release is left.',
      );
    case 'elsewhere':
      return alert(
        `${host}${pathname} does not lead to the intake: something else answers ${way.status}`,
        `What Stripe sends to ${url} does not come to Forbear. Stripe disables an endpoint that answers so for days.`,
        `Let ${pathname} lead to forbear serve again. An older path can be kept: FORBEAR_WEBHOOK_ALIASES.`,
      );
    case 'unreachable':
      return alert(
        `${host} is not reachable: ${way.reason}`,
        `Nothing answers at ${url}, where Stripe sends its events.`,
        'See to the name, the certificate, and the proxy before forbear serve.',
      );
  }
}
