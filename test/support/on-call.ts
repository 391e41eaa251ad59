import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listeningOn } from './listening.js';

export type Told = {
  readonly type: 'alert.firing' | 'alert.resolved';
  readonly data: {
    readonly key: string;
    readonly severity: string;
    readonly title: string;
    readonly remedy: string;
  };
};

/** Who is on call: a receiver of alerts, and the forbear.yaml that names it. */
export async function startOnCall(folder: string) {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (data) => (text += String(data)));
    request.on('end', () => {
      told.push(JSON.parse(text) as Told);
      response.writeHead(204).end();
    });
  });
  const url = await listeningOn(server);
  const configFile = join(folder, 'forbear.yaml');
  writeFileSync(
    configFile,
    `targets: []\nalerts:\n  - kind: webhook\n    name: oncall\n    url: ${url}/alerts\n    secretEnv: ONCALL_SECRET\n`,
  );
  return {
    settings: {
      FORBEAR_CONFIG: configFile,
      ONCALL_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    },
    told,
    heard: (type: Told['type'], key: string) => told.find((one) => one.type === type && one.data.key === key),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
