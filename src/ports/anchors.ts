/** An anchor as it was kept: its number, and its text on one line. */
export type KeptAnchor = { readonly seq: number; readonly text: string };

/** A place for anchors of the audit log that whoever can write to the database can't rewrite, or not unseen. */
export type AnchorPlace = {
  /** As it stands in `audit_anchors.places`: `file`, or `s3:` and the bucket. */
  readonly name: string;
  /** The newest anchor that it has beyond `seq`; `null` without any. Rejects when the place does not answer. */
  newestAfter(seq: number): Promise<KeptAnchor | null>;
  /**
   * Keeps an anchor for good: it is there after a power cut. The same one again changes nothing. Rejects when the place did not
   * take it, and when it has another of that number.
   */
  keep(anchor: KeptAnchor): Promise<void>;
};

/** A place and the database don't agree on what was anchored: one of them was restored, or rewritten. */
export class AnchorConflict extends Error {
  override readonly name = 'AnchorConflict';
}
