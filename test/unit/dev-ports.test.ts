import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../../src/dev/options.js';
import { settlePorts } from '../../src/dev/ports.js';

describe('the ports of the stack', () => {
  it('a taken one is named with its part and the setting that changes it', async () => {
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as { port: number };
    await expect(settlePorts({ ...freePorts, postgres: port })).rejects.toThrow(
      `Port ${port} of Postgres is taken by another program: set FORBEAR_POSTGRES_PORT to another port`,
    );
    stranger.close();
  });

  it('two parts on one port are both named', async () => {
    await expect(settlePorts({ ...freePorts, api: 4711, mail: 4711 })).rejects.toThrow(
      'Port 4711 is set for both the api and the mail catcher: change FORBEAR_PORT or FORBEAR_MAIL_PORT.',
    );
  });

  it('0 is any free one, another for each part', async () => {
    const ports = Object.values(await settlePorts(freePorts));
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports).not.toContain(0);
  });

  it('the port of a part that does not run may be taken', async () => {
    await expect(settlePorts({ ...freePorts, stripe: 1 }, ['api'])).resolves.toMatchObject({ stripe: 1 });
  });
});
