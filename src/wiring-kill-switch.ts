import type { KillSwitchConfig } from './kill-switch-settings.js';
import type { KillSwitch } from './ports/kill-switch.js';

/** A kill switch as its port. AWS's packages are loaded by the first one. Connects nothing yet. */
export async function openKillSwitch({
  probes,
  verifyAsRoles,
  role,
  endpoint,
  ...config
}: KillSwitchConfig): Promise<KillSwitch> {
  const { createIamKillSwitch } = await import('./adapters/aws/kill-switch/kill-switch.js');
  return createIamKillSwitch({
    ...config,
    probes,
    assumesRoles: verifyAsRoles,
    role: role ?? undefined,
    endpoint,
    nowMs: Date.now,
  });
}
