import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { installFolder } from './cache.mjs';
import { unpackPackages } from './debian-unpacked.mjs';
import { isExecutable, onPath, run } from './run.mjs';

const etcdFolder = 'etcd-debian';
// 3 minutes on two cores; a cold machine with one slow core compiles half of Go's standard library first.
const goLimitMs = 30 * 60_000;

/**
 * An API server, the controllers that give scaling its consequences, and the store that both need. No node: a test plays it.
 * @returns a part for `findOrMake` whose value is `{path, controllerManager, etcd, version}`; `path` is the API server's
 */
export function kubernetesPart(context) {
  const { root, cache, env } = context;
  const module = join(root, 'tools', 'kubernetes');
  const version = versionIn(join(module, 'go.mod'));
  const folderName = `kubernetes-${version}`;
  const find = [
    { from: 'cache', get: () => check(join(cache, folderName, 'kube-apiserver'), etcdOf(context)) },
  ];
  const chosen = env.KUBE_APISERVER_PATH;
  if (chosen)
    find.unshift({
      from: 'KUBE_APISERVER_PATH',
      ordered: true,
      get: () => check(resolve(chosen), etcdOf(context, dirname(resolve(chosen)))),
    });
  return {
    name: 'kube-apiserver',
    remedy:
      'install Go 1.24 or newer and etcd, or set KUBE_APISERVER_PATH to a kube-apiserver that has kube-controller-manager beside it',
    find,
    make: [{ from: 'go', get: () => make({ ...context, module, version, folderName }) }],
  };
}

function versionIn(file) {
  const version = /^\s*(?:require )?k8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  if (!version) throw new Error(`${file} requires no k8s.io/kubernetes`);
  return version;
}

/** Beside the API server, on PATH, or out of Debian's package. */
function etcdOf({ cache, env }, beside) {
  const all = [beside && join(beside, 'etcd'), onPath('etcd', env), join(cache, etcdFolder, 'bin', 'etcd')];
  return all.find((path) => path && isExecutable(path));
}

async function check(path, etcd) {
  const controllerManager = join(dirname(path), 'kube-controller-manager');
  for (const file of [path, controllerManager])
    if (!isExecutable(file)) throw new Error(`${file} is no executable file`);
  if (!etcd) throw new Error('etcd is not there');
  const printed = await run(path, ['--version']);
  return { path, controllerManager, etcd, version: printed.trim().replace(/^Kubernetes /, '') };
}

async function make(context) {
  const { cache, env, voice, folderName } = context;
  // What takes minutes comes last.
  if (!onPath('go', env)) throw new Error('go is not on PATH');
  if (!etcdOf(context)) await unpackEtcd(context);
  const built = join(cache, folderName, 'kube-apiserver');
  if (isExecutable(built)) return check(built, etcdOf(context));
  const announcement =
    "Building Kubernetes' API server with Go, 3 to 10 minutes and 2 GB of Go's caches, once per machine";
  return voice.work(announcement, async () => {
    const folder = await installFolder(cache, folderName, (temporary) => build(context, temporary));
    return check(join(folder, 'kube-apiserver'), etcdOf(context));
  });
}

/** Installs nothing: to install it would start an etcd on this machine. */
function unpackEtcd(context) {
  const announcement = 'Fetching etcd from Debian, up to a minute, once per machine';
  return unpackPackages(context, { packages: ['etcd-server'], folderName: etcdFolder, announcement });
}

/** Without the linker's flags the server says that it is v0.0.0, and offers no feature of its time. */
function build({ module, version, env, voice }, folder) {
  const [major, minor] = version.slice(1).split('.');
  const named = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(named).map(
    ([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`,
  );
  const options = {
    cwd: module,
    // Settings for cross-compiling would bring a binary for another machine.
    env: { ...env, GOOS: '', GOARCH: '' },
    limitMs: goLimitMs,
    log: voice.log,
  };
  const args = [
    'build',
    '-trimpath',
    '-o',
    `${folder}/`,
    '-ldflags',
    ['-s', '-w', ...flags].join(' '),
    'tool',
  ];
  return run('go', args, options);
}
