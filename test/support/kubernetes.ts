import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './dev-eventually.js';
import { freePort } from './free-port.js';
import { installed } from './installed.js';
import { kubeClient, type KubeClient } from './kubernetes-client.js';
import { startPretendNode, type PretendNode } from './kubernetes-node.js';

import { makeTestFolder } from './stack-folder.js';

export const kubernetes = installed('kubernetes');

/** A real API server with the real controllers, and a node that a test plays. */
export type TestCluster = {
  readonly port: number;
  /** The server's certificate, which signs itself, and its key. */
  readonly ca: string;
  readonly key: string;
  /** May do everything, and is no operator: a customer who was given too much. */
  readonly customer: KubeClient;
  readonly node: PretendNode;
  /** A kubeconfig file for a token; reached at another port where something lies in between. */
  kubeconfig(token: string, port?: number): string;
  readonly adminToken: string;
  /** The API server stops answering, and answers again. */
  freeze(): void;
  thaw(): void;
  end(): Promise<void>;
};

const adminToken = 'token-of-the-cluster-admin';
const controllerToken = 'token-of-the-controllers';

export async function startCluster(name: string): Promise<TestCluster> {
  if (kubernetes === null) throw new Error('there is no kube-apiserver');
  const folder = makeTestFolder(name);
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const running: ChildProcess[] = [];
  const run = (program: string, args: readonly string[]) => {
    const log = openSync(join(folder.path, `${running.length}.log`), 'a');
    const child = spawn(program, args, { stdio: ['ignore', log, log], cwd: folder.path });
    running.push(child);
    return child;
  };
  const kill = () => running.forEach((child) => child.kill('SIGKILL'));
  process.once('exit', kill);
  const end = async () => {
    for (const child of running.reverse()) await stopped(child);
    process.off('exit', kill);
    folder.remove();
  };
  const certificate = join(folder.path, 'apiserver.crt');
  const kubeconfig = (token: string, at = port) => {
    const path = join(folder.path, `kubeconfig-${token.slice(-12)}-${at}`);
    writeFileSync(path, kubeconfigText(certificate, at, token));
    return path;
  };
  try {
    const client = `http://127.0.0.1:${etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const { etcd, controllerManager } = kubernetes as unknown as Record<string, string>;
    run(etcd!, [
      ...['--data-dir', join(folder.path, 'etcd'), '--listen-client-urls', client],
      ...['--advertise-client-urls', client, '--listen-peer-urls', peer],
      ...['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    ]);
    const server = run(kubernetes.path, [
      `--etcd-servers=${client}`,
      `--secure-port=${port}`,
      ...serverArguments(folder.path),
    ]);
    const admin = () => kubeClient({ port, token: adminToken, ca: readFileSync(certificate, 'utf8') });
    await eventually(
      'the API server is ready',
      async () => {
        if (server.exitCode !== null) throw new Error('it has ended');
        return (await admin().get('/readyz')).status === 200;
      },
      60_000,
    );
    run(controllerManager!, [
      `--kubeconfig=${kubeconfig(controllerToken)}`,
      ...controllerArguments(folder.path),
    ]);
    const customer = admin();
    const node = await startPretendNode(customer);
    return {
      port,
      ca: readFileSync(certificate, 'utf8'),
      key: readFileSync(join(folder.path, 'apiserver.key'), 'utf8'),
      customer,
      node,
      kubeconfig,
      adminToken,
      freeze: () => server.kill('SIGSTOP'),
      thaw: () => server.kill('SIGCONT'),
      end: async () => {
        server.kill('SIGCONT');
        await node.stop();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await ended;
}

function serverArguments(folder: string): string[] {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const at = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const tokens = `${adminToken},admin,admin,system:masters\n${controllerToken},system:kube-controller-manager,kcm\n`;
  return [
    `--cert-dir=${folder}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${at('sa.pub', publicKey)}`,
    `--service-account-signing-key-file=${at('sa.key', privateKey)}`,
    `--token-auth-file=${at('tokens.csv', tokens)}`,
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount',
    '--watch-cache=true',
  ];
}

const controllerArguments = (folder: string) => [
  '--use-service-account-credentials=true',
  `--service-account-private-key-file=${join(folder, 'sa.key')}`,
  '--controllers=*,-node-lifecycle-controller,-taint-eviction-controller',
  '--horizontal-pod-autoscaler-sync-period=1s',
  '--leader-elect=false',
  '--secure-port=0',
];

const kubeconfigText = (certificate: string, port: number, token: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': certificate },
      },
    ],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
