import { portNames, portsBy, type Ports } from '../../src/dev/options.js';
import { settlePorts } from '../../src/dev/ports.js';

// Below the range from which a system takes ports for outgoing connections (32768 on Linux, 49152 elsewhere).
const [lowest, highest] = [12_000, 32_000];
const mostTries = 20;

/**
 * Ports that stay the stack's while a part of it is down: one that is "free" may be given to somebody's outgoing
 * connection before the part is back, even to one that is made to that very port.
 */
export async function portsToKeep(): Promise<Ports> {
  for (let tries = 1; ; tries += 1) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest - portNames.length));
    const wanted = portsBy((name) => first + portNames.indexOf(name));
    const settled = await settlePorts(wanted).catch((error: unknown) => {
      if (tries === mostTries) throw error;
      return null;
    });
    if (settled !== null) return settled;
  }
}
