import { expect, it } from 'vitest';
import type { AccountId } from '../../src/domain/ids.js';
import type { Deletions } from '../../src/ports/deletions.js';
import type { Snapshots } from '../../src/ports/snapshots.js';
import { newCaseId } from './claims-case.js';

const web = { id: 'web', kind: 'instance' };
const jobs = { id: 'jobs', kind: 'instance' };
const target = 'platform';

type Kept<Port> = () => { readonly port: Port; newAccount(): Promise<AccountId> };

/** What every implementation of `Deletions` holds to. */
export function deletionsKeepTheirWord(open: Kept<Deletions>): void {
  it('knows where the archive is before anything is deleted, and then that it is', async () => {
    const { port, newAccount } = open();
    const [account, caseId] = [await newAccount(), newCaseId()];
    expect(await port.of(account)).toEqual([]);
    await port.archived(account, caseId, { target, resource: web, archive: 'a/1' });
    await port.archived(account, caseId, { target, resource: jobs, archive: 'b/1' });
    await port.deleted(account, caseId, target, web);
    const [ofJobs, ofWeb] = [
      { target, resource: jobs, archive: 'b/1', deleted: false },
      { target, resource: web, archive: 'a/1', deleted: true },
    ];
    expect(await port.of(account)).toEqual([ofJobs, ofWeb]);
    expect(await port.of(await newAccount())).toEqual([]);
  });

  it('stays as it is when a deletion is repeated, and takes the later of two archives', async () => {
    const { port, newAccount } = open();
    const [account, caseId] = [await newAccount(), newCaseId()];
    await port.archived(account, caseId, { target, resource: web, archive: 'a/1' });
    await port.archived(account, caseId, { target, resource: web, archive: 'a/2' });
    expect(await port.of(account)).toEqual([{ target, resource: web, archive: 'a/2', deleted: false }]);
    await port.deleted(account, caseId, target, web);
    await port.deleted(account, caseId, target, web);
    await port.deleted(account, caseId, target, jobs);
    expect(await port.of(account)).toEqual([{ target, resource: web, archive: 'a/2', deleted: true }]);
  });

  it('tells resources of one name apart by case and by target', async () => {
    const { port, newAccount } = open();
    const [account, first, second] = [await newAccount(), newCaseId(), newCaseId()];
    await port.archived(account, first, { target, resource: web, archive: 'a/1' });
    await port.deleted(account, first, target, web);
    await port.archived(account, second, { target, resource: web, archive: 'a/2' });
    await port.archived(account, second, { target: 'other', resource: web, archive: 'a/3' });
    expect(await port.of(account)).toEqual([
      { target: 'other', resource: web, archive: 'a/3', deleted: false },
      { target, resource: web, archive: 'a/2', deleted: false },
      { target, resource: web, archive: 'a/1', deleted: true },
    ]);
  });
}

/** What every implementation of `Snapshots` holds to. */
export function snapshotsKeepTheirWord(open: Kept<Snapshots>): void {
  it('P-6 keeps the first state of each resource until it was put back', async () => {
    const { port, newAccount } = open();
    const account = await newAccount();
    await port.keep(account, { target, resource: web, state: { size: 3, tags: ['a'] } });
    await port.keep(account, { target, resource: jobs, state: { size: 7 } });
    await port.keep(account, { target, resource: web, state: { size: 0 } });
    expect(await port.standing(account)).toEqual([
      { target, resource: web, state: { size: 3, tags: ['a'] } },
      { target, resource: jobs, state: { size: 7 } },
    ]);
    await port.restored(account, target, web);
    await port.restored(account, target, web);
    expect(await port.standing(account)).toEqual([{ target, resource: jobs, state: { size: 7 } }]);
    await port.keep(account, { target, resource: web, state: { size: 4 } });
    expect((await port.standing(account)).map(({ state }) => state['size'])).toEqual([7, 4]);
    expect(await port.standing(await newAccount())).toEqual([]);
  });
}
