import { createHash } from 'node:crypto';
import type { Archive, Instance, PlatformAccount } from './state.js';

/** What went wrong with an archive: its end is missing, a character is another one, or all of it is lost. */
export type Damage = 'cut' | 'changed' | 'lost';

/** What the operator sees of an archive. `deleted`: its instance is no more. */
export type ArchiveView = {
  readonly id: string;
  readonly takenAt: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly deleted: boolean;
};

export type Reading =
  | { readonly readable: true; readonly evidence: string }
  | { readonly readable: false; readonly reason: string };

/** One archive an instance: taking it again replaces its content, not its place. */
export function withArchive(account: PlatformAccount, instance: Instance, now: number): PlatformAccount {
  const content = JSON.stringify(instance);
  const archive = { id: instance.id, takenAt: now, content, ...measure(content) };
  return { ...account, archives: [...account.archives.filter((a) => a.id !== instance.id), archive] };
}

/** Reads all that is stored and compares it with what was measured when it was taken. */
export function readArchive({ content, bytes, sha256 }: Archive): Reading {
  const found = measure(content);
  if (found.bytes !== bytes) return { readable: false, reason: `${found.bytes} of ${bytes} bytes are there` };
  if (found.sha256 !== sha256)
    return { readable: false, reason: 'its checksum is not that of what was archived' };
  return { readable: true, evidence: `${bytes} bytes read back, sha256 ${sha256}` };
}

export function viewsOf({ archives, instances }: PlatformAccount): ArchiveView[] {
  return archives.map(({ id, takenAt, bytes, sha256 }) => {
    const deleted = !instances.some((instance) => instance.id === id);
    return { id, takenAt, bytes, sha256, deleted };
  });
}

export function spoiled(account: PlatformAccount, id: string, damage: Damage): PlatformAccount {
  const archives = account.archives.flatMap((archive) => {
    if (archive.id !== id) return [archive];
    const { content } = archive;
    switch (damage) {
      case 'cut':
        return [{ ...archive, content: content.slice(0, -1) }];
      case 'changed':
        return [{ ...archive, content: content.replace(/.$/, '?') }];
      case 'lost':
        return [];
    }
  });
  return { ...account, archives };
}

function measure(content: string): { readonly bytes: number; readonly sha256: string } {
  return {
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}
