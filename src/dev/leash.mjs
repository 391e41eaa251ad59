// Holds one process: in whatever way the supervisor ends, kill -9 too, the IPC channel closes and the process is ended.
// Plain JavaScript without imports of ours, so that it starts at once. Its one argument is JSON:
// {command, args, cwd, stopSignal, killAfterMs, uid?, gid?}
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const { command, args, cwd, stopSignal, killAfterMs, uid, gid } = JSON.parse(process.argv[2]);
const user = uid === undefined ? {} : { uid, gid };

// A session of its own: a terminal's Ctrl-C must not reach Postgres before those who still write to it.
const child = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], detached: true, ...user });
let stopping = false;

child.once('spawn', () => process.connected && process.send({ pid: child.pid }));
child.once('error', (error) => {
  console.error(`${command} can't be started: ${error.message}`);
  process.exit(127);
});
child.once('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));

process.once('disconnect', stop);
process.on('message', (message) => (message === 'kill' ? kill() : stop()));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop);

function stop() {
  if (stopping) return;
  stopping = true;
  child.kill(stopSignal);
  setTimeout(kill, killAfterMs);
}

/** The whole group; it can't be a stranger's, since the child that leads it hasn't been reaped. */
function kill() {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
