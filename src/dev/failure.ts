/** What keeps the stack from running, in one sentence for the person who started it. */
export class DevFailure extends Error {
  override readonly name = 'DevFailure';
}
