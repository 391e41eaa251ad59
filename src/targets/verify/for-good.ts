import { PortError } from '../../ports/errors.js';
import type { Resource } from '../../ports/target.js';
import { Unmet, type Check } from './check.js';
import type { Scene } from './scene.js';

/** What can't be taken back, on the one resource that was named for it. */
export function checksForGood(id: string): readonly Check<Scene>[] {
  let location = '';
  let evidence = '';
  const named = ({ resources }: Scene): Resource => {
    const resource = resources.find((one) => one.id === id);
    if (resource === undefined) throw new Unmet(`${id} is not in the list`, { stops: true });
    return resource;
  };
  const archive: Check<Scene> = {
    id: 'archive',
    title: `archive stores ${id} in one place, and reads it back`,
    needs: ['list', 'look', 'unlock'],
    expected:
      '2xx {"location"}, twice the same; `verify` answers {"readable": true, "evidence"}, and not to another place',
    remedy:
      'Answer when all of it is stored; `verify` reads all of it again and compares it with what was archived.',
    async run({ target, account, ...scene }) {
      const resource = named({ target, account, ...scene });
      ({ location } = await target.archive(account, resource));
      const again = await target.archive(account, resource);
      if (again.location !== location) throw new Unmet(`${again.location} after ${location}`);
      evidence = await target.verifyArchive(account, resource, location);
      if (evidence.split(/[^\w-]+/).includes(account.ref))
        throw new Unmet(`evidence that names the account: ${evidence}`);
      if (await isReadable({ target, account, ...scene }, resource, `${location}-elsewhere`))
        throw new Unmet('an archive that was read back from a place where there is none');
      return evidence;
    },
  };
  const decommission: Check<Scene> = {
    id: 'decommission',
    title: `decommission deletes ${id} alone; its archive stays`,
    needs: ['archive'],
    expected:
      '2xx, then 404 {"error": {"code": "gone"}} and no place in the list, also when it comes again; a readable archive',
    remedy: 'Delete before you answer; keep archives apart from what they are of.',
    async run(scene) {
      const { target, account, resources } = scene;
      const resource = named(scene);
      await target.decommission(account, resource);
      await target.decommission(account, resource);
      const probe = await target.probe(account, resource);
      if (probe !== 'gone') throw new Unmet(`${id} is \`${probe}\``);
      const left = (await target.find(account)).map((one) => one.id).sort();
      const wanted = resources.map((one) => one.id).filter((one) => one !== id);
      if (left.join() !== wanted.sort().join()) throw new Unmet(`a list of ${left.join(', ') || 'nothing'}`);
      const after = await target.verifyArchive(account, resource, location);
      if (after !== evidence) throw new Unmet(`another archive than before: ${after}`);
      return `gone; ${after}`;
    },
  };
  return [archive, decommission];
}

async function isReadable({ target, account }: Scene, resource: Resource, place: string): Promise<boolean> {
  try {
    await target.verifyArchive(account, resource, place);
    return true;
  } catch (error) {
    if (error instanceof PortError && error.code === 'NOT_VERIFIED') return false;
    throw error;
  }
}
