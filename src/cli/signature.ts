import { userInfo } from 'node:os';
import { CommandFailure } from './output.js';

export type SignedFlags = { readonly reason: string; readonly by?: string };

/** Who wants it and why; whoever does not say is called as his machine calls him. */
export function signatureOf({ reason, by }: SignedFlags): { readonly reason: string; readonly by: string } {
  if (reason.trim() === '') throw new CommandFailure('usage', '--reason is empty: say why');
  return { reason, by: by ?? userName() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have a number and no name.
    throw new CommandFailure('usage', 'who are you? Say it with --by');
  }
}
