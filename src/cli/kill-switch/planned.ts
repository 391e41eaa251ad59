import { bulkHash } from '../../guard/bulk.js';
import { planKill, refusalsOf, type KillPlan } from '../../guard/kill-plan.js';
import type { KillSwitchConfig } from '../../kill-switch-settings.js';
import type { AccessKey, Culprit, KillSwitch, Principal, Rehearsal } from '../../ports/kill-switch.js';
import { CommandFailure } from '../output.js';
import type { openKillSwitch } from '../../wiring-kill-switch.js';

export type Opened = { readonly config: KillSwitchConfig; readonly kill: KillSwitch };

/** One principal of a plan, with what a person looks at. */
export type Row = {
  readonly principal: Principal;
  readonly keys: readonly AccessKey[] | null;
  readonly rehearsal: Rehearsal;
};

/** What one switch would do. */
export type Part = Opened & { readonly plan: KillPlan; readonly rows: readonly Row[] };

/** What all of them would do together: all of it, or nothing. */
export type Planned = {
  readonly culprit: Culprit;
  readonly parts: readonly Part[];
  readonly refusals: readonly string[];
  readonly principals: readonly Principal[];
  /** Each act by its name, over which an approval counts. */
  readonly acts: readonly string[];
  readonly hash: string;
};

/** The kind of its acts, as approvals know it. */
export const actKind = 'kill-switch';

/** Opens every switch of forbear.yaml; ends the command where there is none. */
export async function openAll(
  switches: readonly KillSwitchConfig[],
  open: typeof openKillSwitch,
): Promise<Opened[]> {
  if (switches.length === 0)
    throw new CommandFailure(
      'usage',
      'no kill switch is connected: name one in forbear.yaml, and the file in FORBEAR_CONFIG (docs/kill-switch.md)',
    );
  return Promise.all(switches.map(async (config) => ({ config, kill: await open(config) })));
}

/** Looks at everything and changes nothing. */
export async function planAll(opened: readonly Opened[], culprit: Culprit): Promise<Planned> {
  const parts: Part[] = [];
  for (const one of opened) parts.push(await planOne(one, culprit));
  const misses = parts.flatMap(({ kill, rows }) =>
    rows
      .filter(({ rehearsal }) => !rehearsal.isDenied)
      .map(
        ({ principal, rehearsal }) => `${kill.name}: ${principal.arn} would not be denied: ${rehearsal.note}`,
      ),
  );
  const acts = parts.flatMap(({ kill, plan }) =>
    plan.denied.map(({ arn, id }) => `${kill.name}: deny everything to ${arn} (${id})`),
  );
  return {
    culprit,
    parts,
    refusals: [...refusalsOf(parts.map(({ plan }) => plan)), ...misses],
    principals: parts.flatMap(({ plan }) => plan.denied),
    acts,
    hash: bulkHash({ kind: actKind, acts }),
  };
}

async function planOne({ config, kill }: Opened, culprit: Culprit): Promise<Part> {
  const { protected: shielded, most } = config;
  const plan = planKill(culprit, await kill.survey(culprit), { shielded, most });
  const rows: Row[] = [];
  for (const principal of plan.denied)
    rows.push({
      principal,
      keys: await kill.keys(principal),
      rehearsal: await kill.rehearse(culprit, principal),
    });
  return { config, kill, plan, rows };
}
