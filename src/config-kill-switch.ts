import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readApproversConfig } from './config-approvers.js';
import { read, type Env } from './config-parts.js';
import { forbearFileOf, readBreakers, readKillSwitches } from './forbear-file.js';
import type { GuardSettings } from './guard/brakes.js';

/** The brakes as a worker has them: whoever gives this order sets the same. */
const brakesShape = z.object({
  FORBEAR_MODE: z.enum(['observe', 'enforce']).default('observe'),
  FORBEAR_FREEZE: z.enum(['0', '1']).default('0'),
  FORBEAR_FREEZE_FILE: z.string().min(1).optional(),
});

/** What the kill switch is connected to, what may hold it, and who decides. Throws `ConfigError`. */
export function readKillSwitchConfig(env: Env) {
  const { FORBEAR_MODE: mode, FORBEAR_FREEZE, FORBEAR_FREEZE_FILE: file } = read(brakesShape, env);
  const path = forbearFileOf(env);
  const guard: GuardSettings = {
    mode,
    frozen: FORBEAR_FREEZE === '1',
    isFrozenByFile: () => file !== undefined && existsSync(file),
    breakers: readBreakers(path, false),
  };
  return { switches: readKillSwitches(path, env), guard, approval: readApproversConfig(env) };
}
