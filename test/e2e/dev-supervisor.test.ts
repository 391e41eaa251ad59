import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StackDescription } from '../../src/dev/description.js';
import { freePorts } from '../../src/dev/options.js';
import { eventually, isGone } from '../support/dev-eventually.js';
import { checkout, makeStandInRoot } from '../support/dev-standin.js';

const runner = fileURLToPath(new URL('../support/dev-runner.ts', import.meta.url));

type Supervisor = {
  readonly process: ChildProcess;
  printed(): string;
  readonly code: Promise<number | null>;
};

let standIn: ReturnType<typeof makeStandInRoot>;
const supervisors: Supervisor[] = [];

beforeEach(() => {
  standIn = makeStandInRoot();
});
afterEach(async () => {
  for (const { process, code } of supervisors.splice(0)) {
    process.kill('SIGTERM');
    await code;
  }
  standIn.remove();
});

function supervise(ports?: object): Supervisor {
  const args = [
    '--import',
    'tsx',
    runner,
    standIn.root,
    ...(ports === undefined ? [] : [JSON.stringify(ports)]),
  ];
  const process = spawn('node', args, { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [process.stdout, process.stderr])
    stream.on('data', (data) => (printed += String(data)));
  const code = new Promise<number | null>((resolve) => process.once('exit', (exit) => resolve(exit)));
  const supervisor = { process, printed: () => printed, code };
  supervisors.push(supervisor);
  return supervisor;
}

const description = () =>
  JSON.parse(readFileSync(join(standIn.root, '.forbear', 'dev.json'), 'utf8')) as StackDescription;

async function up(supervisor: Supervisor): Promise<StackDescription> {
  try {
    await eventually('the stack is up', () => supervisor.printed().includes('Everything runs'), 90_000);
  } catch (error) {
    throw new Error(`the stack did not come up: ${supervisor.printed()}`, { cause: error });
  }
  return description();
}

/** Every process whose command line or environment leads into this test's folder. */
function processesOf(root: string): string[] {
  const lines = execFileSync('ps', ['axww', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(root));
}

async function query<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

describe('forbear dev', () => {
  it('tells in dev.json where everything is, and one Ctrl-C leaves nothing running', async () => {
    const supervisor = supervise();
    const stack = await up(supervisor);
    expect(statSync(join(standIn.root, '.forbear', 'dev.json')).mode & 0o777).toBe(0o600);
    expect(Object.keys(stack.pids)).toEqual(['postgres', 'temporal', 'mail', 'platform', 'api', 'worker']);
    expect(await query(stack.postgres, (sql) => sql`select count(*)::int as n from accounts`)).toEqual([
      { n: 0 },
    ]);
    expect((await fetch(stack.temporal.ui)).ok).toBe(true);
    expect(await (await fetch(stack.mail.messages)).json()).toEqual([]);
    supervisor.process.kill('SIGINT');
    expect(await supervisor.code).toBe(0);
    expect(existsSync(join(standIn.root, '.forbear', 'dev.json'))).toBe(false);
    expect(processesOf(standIn.root)).toEqual([]);
  });

  it('refuses a second start beside a running one', async () => {
    const first = supervise();
    await up(first);
    const second = supervise();
    expect(await second.code).toBe(1);
    expect(second.printed()).toContain(
      `already runs on ${join(standIn.root, '.forbear')} (process ${first.process.pid})`,
    );
  });

  it('starts a killed part again and keeps dev.json true', async () => {
    const supervisor = supervise();
    const before = (await up(supervisor)).pids;
    for (const name of ['postgres', 'temporal', 'worker'] as const)
      process.kill(before[name] ?? 0, 'SIGKILL');
    await eventually('all run again', () =>
      ['postgres', 'temporal', 'worker'].every((name) => supervisor.printed().includes(`${name} runs again`)),
    );
    const killed = ['postgres', 'temporal', 'worker'] as const;
    await eventually('dev.json is up to date', () => {
      const { pids } = description();
      return killed.every((name) => pids[name] !== undefined && pids[name] !== before[name]);
    });
    expect(description().pids.api).toBe(before.api);
  });

  it('leaves no orphan when it is killed -9, and the next start goes on with the data', async () => {
    const first = supervise();
    const before = await up(first);
    await query(before.postgres, (sql) => sql`insert into accounts (ref, name) values ('acme', 'Acme')`);
    // The leash of Postgres too, so that only the record of pids knows of it.
    const leash = Number(
      execFileSync('ps', ['-o', 'ppid=', '-p', String(before.pids.postgres)], { encoding: 'utf8' }),
    );
    process.kill(leash, 'SIGKILL');
    first.process.kill('SIGKILL');
    await first.code;
    const after = await up(supervise());
    expect(Object.entries(before.pids).filter(([, pid]) => !isGone(pid))).toEqual([]);
    expect(await query(after.postgres, (sql) => sql`select ref from accounts`)).toEqual([{ ref: 'acme' }]);
  });

  it('names the part and the setting of a taken port, and starts nothing', async () => {
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as { port: number };
    const supervisor = supervise({ ...freePorts, temporalUi: port });
    expect(await supervisor.code).toBe(1);
    expect(supervisor.printed()).toContain(`Port ${port} of Temporal's Web UI is taken by another program`);
    expect(supervisor.printed()).toContain('FORBEAR_TEMPORAL_UI_PORT');
    expect(processesOf(standIn.root)).toEqual([]);
    stranger.close();
  });
});
