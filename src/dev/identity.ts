import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process for sure: a pid alone may have been given to a stranger since, its time of start can't. */
export type Identity = { readonly pid: number; readonly started: string };

/** Who has this pid now; `null` when nobody has, or only a zombie. */
export function identityOf(pid: number): Identity | null {
  const started = process.platform === 'linux' ? startedByProc(pid) : startedByPs(pid);
  return started === null ? null : { pid, started };
}

export function isAlive(identity: Identity): boolean {
  return identityOf(identity.pid)?.started === identity.started;
}

/** Ticks since boot, field 22 of `stat`, with the boot's id: the first processes of two boots get the same ticks. */
function startedByProc(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the command's name, which may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const ticks = fields[19];
  if (ticks === undefined || state === 'Z' || state === 'X') return null;
  return `${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${ticks}`;
}

function startedByPs(pid: number): string | null {
  try {
    const env = { LC_ALL: 'C', PATH: '/bin:/usr/bin' };
    const args = ['-o', 'state=,lstart=', '-p', String(pid)];
    const printed = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env });
    const [state, ...started] = printed.trim().split(/\s+/);
    return state === undefined || state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
