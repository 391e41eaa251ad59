/** What this installation bills for. `account`: its own account at the billing provider, where it was set. */
export type Ours = { readonly livemode: boolean; readonly account: string | null };

type Told = { readonly livemode: boolean; readonly context: string | null };

/** Why an event is kept and not acted on: refusing it would get the endpoint disabled. `null`: it is ours. */
export function notOurs({ livemode, context }: Told, ours: Ours): 'other_mode' | 'other_account' | null {
  if (livemode !== ours.livemode) return 'other_mode';
  return context === null || context === ours.account ? null : 'other_account';
}
