import { MINUTE_MS } from '../../src/domain/time.js';
import type { Bench } from './bench.js';
import { measureLives } from './lifecycle/lives.js';
import { measureRestores } from './lifecycle/restores.js';

export const lifecycle: Bench = {
  name: 'lifecycle',
  about: `What one case costs in Temporal's history, and how soon a payment gives everything back. Everything runs as
\`forbear dev\` starts it, each part a process of its own: api, worker, Postgres with the real claims, the Temporal dev server on
file; Stripe, the platform and the mail server are the fakes, spoken to over HTTP and SMTP. The policies are in seconds. A full life
is three reminders, limit, pause with its second look, final notice, approval, decommission; Stripe's later events are withheld, and
what each would add is \`furtherEventAdds\`. \`restore…Ms\` goes from the customer's
payment at the Stripe fake, over webhook, inbox, dispatcher and workflow, until the \`access\` row says \`active\` and every
instance serves in its former size; one account after another. Histories are the worst of several lives.`,
  goals: [
    { figure: 'eventsPaidInGrace', atMost: 28 },
    { figure: 'eventsFullLife', atMost: 130 },
    { figure: 'bytesFullLife', atMost: 20 * 1024 },
    { figure: 'duplicateAdds', atMost: 0 },
    { figure: 'restoreP99Ms', atMost: 1_000 },
  ],
  options: { lives: 3, restores: 200 },
  limitMs: 20 * MINUTE_MS,
  async run(bench, { lives = 3, restores = 200 }) {
    const cost = await measureLives(bench, lives);
    const back = await measureRestores(bench, restores);
    return {
      figures: { ...cost.figures, ...back.figures },
      wrong: [...cost.wrong, ...back.wrong],
      notes: [...cost.notes, ...back.notes],
    };
  },
};
