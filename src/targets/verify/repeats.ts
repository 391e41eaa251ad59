import { randomUUID } from 'node:crypto';
import type { OrderName } from '../../adapters/http/operations.js';
import { operations } from '../../adapters/http/operations.js';
import { resourceShape } from '../../adapters/http/shapes.js';
import { Unmet, type Check } from './check.js';
import { eventually, mustBeBack, mustProbe, type Kept } from './scene.js';
import { ask, giveOrder, mustBeDone, type WireScene } from './wire-scene.js';

export const repeatsCheck: Check<WireScene> = {
  id: 'repeats',
  title: 'every order may come again, and changes nothing then',
  needs: ['drain', 'unlock'],
  expected:
    '2xx to each, whether its `Idempotency-Key` is the same or new, and in the end the very state of before',
  remedy:
    'Let an order say what shall be, not what shall change: set, never count or toggle, never refuse as done already.',
  async run(scene) {
    for (const kept of scene.kept) {
      await repeat(scene, 'lock', kept);
      await repeat(scene, 'drain', kept);
      if (!(await eventually(scene, () => isDrained(scene, kept))))
        throw new Unmet(`${kept.resource.id} is not drained after ${scene.waitMs / 1_000} s`);
      await repeat(scene, 'pause', kept);
    }
    await mustProbe(scene, 'off_and_locked');
    // Given back once what was taken three times, and then again: whoever counts shows it here.
    for (const kept of scene.kept) {
      for (const name of ['resume', 'unlock'] as const) mustBeDone(await giveOrder(scene, name, kept));
    }
    await mustBeBack(scene);
    for (const kept of scene.kept) {
      for (const name of ['resume', 'unlock'] as const) await repeat(scene, name, kept);
    }
    await mustBeBack(scene);
    scene.touched = false;
    return 'lock, drain, pause, resume and unlock, three times each';
  },
};

/** Three times: as it is, as a gateway repeats it, and as a new try of ours gives it. */
async function repeat(scene: WireScene, name: OrderName, kept: Kept): Promise<void> {
  const idempotencyKey = randomUUID();
  mustBeDone(await giveOrder(scene, name, kept, { idempotencyKey }));
  mustBeDone(await giveOrder(scene, name, kept, { idempotencyKey }), ' when it came again with the same key');
  mustBeDone(await giveOrder(scene, name, kept), ' when it came again with a new key');
}

async function isDrained(scene: WireScene, { resource: { id } }: Kept): Promise<boolean> {
  const { body } = await ask(scene, { operation: operations.read, ref: scene.account.ref, id });
  return resourceShape.safeParse(body).data?.drained === true;
}
