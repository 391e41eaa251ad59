import type { OrderName } from '../../adapters/http/operations.js';
import { fencedShape } from '../../adapters/http/shapes.js';
import { Unmet, type Check } from './check.js';
import { mustBeBack } from './scene.js';
import { putBackNow } from './put-back.js';
import { giveOrder, isDone, mustBeDone, servingOne, told, type Seen, type WireScene } from './wire-scene.js';

const reversible: readonly OrderName[] = ['lock', 'drain', 'pause', 'unlock', 'resume'];

const newestIn = ({ status, body }: Seen): number | null =>
  status === 409 ? (fencedShape.safeParse(body).data?.error.newest ?? null) : null;

export const fenceCheck: Check<WireScene> = {
  id: 'fence',
  title: 'an order of an older claim is refused',
  needs: ['look'],
  expected:
    '409 {"error": {"code": "fenced", "newest": N}} to a lower `Forbear-Fence`, 2xx to the same or a higher one',
  remedy:
    'Keep the highest number per account where it outlives the process, and compare before every order.',
  async run(scene) {
    const one = servingOne(scene);
    await open(scene);
    const { fence } = scene.account;
    mustBeDone(await giveOrder(scene, 'unlock', one), ' to the number of the order before it');
    const taken: string[] = [];
    for (const name of reversible) {
      const seen = await giveOrder(scene, name, one, { fence: fence - 1 });
      const newest = newestIn(seen);
      if (isDone(seen)) taken.push(name);
      else if (newest !== fence) throw new Unmet(`${told(seen)} to ${fence - 1} after ${fence}`);
    }
    if (taken.length > 0) {
      await putBackNow(scene);
      throw new Unmet(`${taken.join(', ')} of claim ${fence - 1} carried out after claim ${fence}`);
    }
    await mustBeBack(scene);
    scene.touched = false;
    return `${fence - 1} after ${fence}: 409 to ${reversible.join(', ')}`;
  },
};

/** Finds a number that the platform takes, by an order that changes nothing, and makes it that of the scene's claim. */
async function open(scene: WireScene): Promise<void> {
  const one = servingOne(scene);
  const first = await giveOrder(scene, 'unlock', one, { fence: 1 });
  const newest = newestIn(first);
  if (first.status === 409 && newest === null) throw new Unmet(told(first), { stops: true });
  scene.account = { ...scene.account, fence: (newest ?? 1) + 1 };
  mustBeDone(await giveOrder(scene, 'unlock', one));
}
