import { it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.js';
import { approveUpdate } from '../../workflows/messages.js';
import { createGate } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';
const policy = loadPolicy('policies/hosting.yaml');
describeInTime('dbg', ({ openInArrears }) => {
  it.each([1,2,3,4,5,6,7,8])('x %i', async (n) => {
    const trial = await openInArrears({ policy });
    await trial.reach(90);
    const [reached, door] = [createGate(), createGate()];
    trial.before('decommission', async (id) => {
      if (id !== 'worker') return;
      reached.open();
      await door.passed;
    });
    await trial.order(approveUpdate, { plan: trial.plan(), reason: 'never paid' });
    await reached.passed;
    if (n % 2) trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    door.open();
    let hung = false;
    await trial.quiet().catch(() => hung = true);
    console.log(n, hung, trial.effects()['decommission/1'], trial.file().stage);
    if (!hung) return;
    const h = await trial.history();
    for (const e of h.slice(-24)) {
      const k = Object.keys(e).find((x) => x.endsWith('Attributes') && (e as any)[x]);
      console.log(e.eventId?.toString(), k, new Date(Number(e.eventTime?.seconds) * 1000).toISOString(), JSON.stringify((e as any)[k!])?.slice(0, 300));
    }
    const d = await trial.handle.describe();
    console.log(JSON.stringify(d.raw.pendingActivities), d.status.name, await trial.now());
  });
});
