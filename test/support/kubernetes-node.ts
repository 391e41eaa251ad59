import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeBody, KubeClient } from './kubernetes-client.js';

/** A node without a kubelet: its Pods are ready at once, and end at once when they are told to, unless a test holds them. */
export type PretendNode = {
  /** Pods of a namespace that are told to end go on, until they are let go. */
  hold(namespace: string): void;
  letGo(namespace: string): void;
  /** What runs in the namespace has done its work. */
  finish(namespace: string): Promise<void>;
  stop(): Promise<void>;
};

const name = 'pretend';
const pollMs = 50;

export async function startPretendNode(client: KubeClient): Promise<PretendNode> {
  await client.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  const held = new Set<string>();
  let isOn = true;
  const loop = (async () => {
    while (isOn) {
      const { status, body } = await client.get('/api/v1/pods');
      if (status === 200) for (const pod of body.items) await play(client, pod, held);
      await sleep(pollMs);
    }
  })();
  return {
    hold: (namespace) => void held.add(namespace),
    letGo: (namespace) => void held.delete(namespace),
    finish: async (namespace) => {
      const path = `/api/v1/namespaces/${namespace}/pods`;
      for (const { metadata } of (await client.get(path)).body.items)
        await client.patch(`${path}/${metadata.name}/status`, { status: { phase: 'Succeeded' } });
    },
    stop: async () => {
      isOn = false;
      await loop;
    },
  };
}

async function play(client: KubeClient, pod: KubeBody, held: ReadonlySet<string>): Promise<void> {
  const { metadata, spec, status } = pod;
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) {
    if (!held.has(metadata.namespace)) await client.remove(path, { gracePeriodSeconds: 0 });
    return;
  }
  if (spec['nodeName'] === undefined) {
    await client.create(`${path}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: metadata.name },
      target: { apiVersion: 'v1', kind: 'Node', name },
    });
    return;
  }
  if (status['phase'] !== 'Pending') return;
  const now = new Date().toISOString();
  const conditions = ['Ready', 'ContainersReady', 'Initialized'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
  }));
  await client.patch(`${path}/status`, { status: { phase: 'Running', conditions, startTime: now } });
}
