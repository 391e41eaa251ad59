import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAccount } from '../../src/db/queries/accounts.js';
import { createChainCheck, readAuditTrail } from '../../src/db/queries/audit.js';
import { childEnvironment } from '../../src/dev/child-environment.js';
import { asCustomerId, type AccountId } from '../../src/domain/ids.js';
import { forbear } from '../support/cli.js';
import { arnOf, makeIamWorld, region, type IamWorld } from '../support/iam-world.js';
import { motoMissing, motoPath, startMoto, type Moto } from '../support/moto.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { checkout, makeTestFolder } from '../support/stack-folder.js';

/** Stands before an AWS, and lets the calls of one action wait for ever. */
async function startGate(target: string, action: string) {
  let reached: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (reached = resolve));
  const server: Server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const body = Buffer.concat(parts);
      if (body.includes(`Action=${action}&`)) return reached();
      const { method, url, headers } = incoming;
      const onward = ask(new URL(url ?? '/', target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      onward.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, held, close };
}

describe.skipIf(motoPath === null)(`forbear kill-switch, killed${motoMissing}`, () => {
  const folder = makeTestFolder('kill-switch-killed');
  let [moto, stack, world]: [Moto?, TestDatabase?, IamWorld?] = [];

  beforeAll(async () => {
    [moto, stack] = await Promise.all([startMoto(), startDatabase('kill-switch-killed')]);
    world = await makeIamWorld(moto);
  });
  afterAll(async () => {
    await Promise.all([moto?.close(), stack?.end()]);
    folder.remove();
  });

  const settingsFor = ({ forbear: own, keys }: IamWorld, endpoint: string) => {
    const file = join(folder.path, 'forbear.yaml');
    const entry = { name: 'aws', region, endpoint, protected: [arnOf('role', 'break-glass')] };
    const more = { verifyWithEnv: 'PROBES', verifyAsRoles: true, settleSeconds: 1 };
    const killSwitch = [{ ...entry, ...more }];
    writeFileSync(file, JSON.stringify({ targets: [], breakers: 'rehearsal', killSwitch }));
    return {
      ...{ DATABASE_URL: stack!.url, FORBEAR_CONFIG: file, FORBEAR_MODE: 'enforce' },
      ...{ AWS_ACCESS_KEY_ID: own.accessKeyId, AWS_SECRET_ACCESS_KEY: own.secretAccessKey },
      PROBES: `${keys.acme.accessKeyId}:${keys.acme.secretAccessKey}`,
    };
  };
  const signed = ['kill-switch', 'acme', '--reason', 'keys leaked', '--by', 'zoe'];
  const execute = [...signed, '--execute', '--confirm', '2'];

  /** Gives the order through the gate, and ends the process once that holds it: with SIGKILL, as a lost machine would. */
  async function killedAt(action: string): Promise<void> {
    const gate = await startGate(moto!.url, action);
    const child = spawn(process.execPath, [join(checkout, 'bin', 'forbear.mjs'), ...execute], {
      cwd: tmpdir(),
      env: { ...childEnvironment(process.env), ...settingsFor(world!, gate.url) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    const ended = once(child, 'exit');
    try {
      await Promise.race([
        gate.held,
        ended.then(() => Promise.reject(new Error(`it ended by itself: ${said}`))),
      ]);
    } finally {
      child.kill('SIGKILL');
      await ended.catch(() => undefined);
      gate.close();
    }
  }

  it('KS-1 P-9 is finished by the same order when its process was killed between two principals, and given back whole', async () => {
    const { policies, works, keys } = world!;
    const account = await addAccount(stack!.database.db, {
      ...{ ref: 'acme', name: 'Acme', contacts: [], customers: [asCustomerId('cus_acme')] },
    });
    const before = await policies();
    await killedAt('PutRolePolicy');
    // The user is denied everything, and the role is not: half done.
    expect(await works(keys.acme)).toBe(false);
    const half = await policies();
    expect(half[arnOf('role', 'customers/acme-app')]).toEqual(before[arnOf('role', 'customers/acme-app')]);

    const settings = settingsFor(world!, moto!.url);
    const finished = await forbear(execute, settings);
    expect(finished).toMatchObject({ code: 0 });
    expect((await policies())[arnOf('user', 'acme')]).toEqual(half[arnOf('user', 'acme')]);
    expect(await forbear([...signed, '--undo'], settings)).toMatchObject({ code: 0 });
    expect(await works(keys.acme)).toBe(true);
    expect(await policies()).toEqual(before);
    expect(await outcomesOf(account.id)).toEqual(['interrupted', 'done', 'done']);
  });

  async function outcomesOf(account: AccountId): Promise<unknown[]> {
    const [statuses, chain] = [[] as unknown[], createChainCheck()];
    for await (const row of readAuditTrail(stack!.database.db, account)) {
      chain.add(row);
      if (row.kind === 'outcome') statuses.push((row.body as { status: string }).status);
    }
    expect(chain.result().brokenAt).toBeNull();
    return statuses;
  }
});
