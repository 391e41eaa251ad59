import { createHash } from 'node:crypto';
import { PortError } from '../../ports/errors.js';
import type { ResourceState } from '../../ports/target.js';

type Archive = { readonly content: string; readonly checksum: string };

/** The archives of a platform in memory: one a resource, kept whatever becomes of the resource itself. */
export function createArchives(name: string) {
  const archives = new Map<string, Archive>();
  const locationOf = (ref: string, id: string) => `${name}:${ref}/${id}`;
  return {
    /** Taking it again replaces its content, not its place. */
    take: (ref: string, id: string, state: ResourceState): { location: string } => {
      const location = locationOf(ref, id);
      const content = JSON.stringify({ id, state });
      archives.set(location, { content, checksum: checksumOf(content) });
      return { location };
    },
    verify: (ref: string, id: string, location: string): string => {
      const notVerified = (why: string) =>
        new PortError('NOT_VERIFIED', `${name}: the archive of ${id} can't be read back: ${why}`);
      if (location !== locationOf(ref, id)) throw notVerified('this is the place of another one');
      const archive = archives.get(location);
      if (archive === undefined) throw notVerified('there is none');
      const checksum = checksumOf(archive.content);
      if (checksum !== archive.checksum) throw notVerified('it is not what was archived');
      return `${archive.content.length} characters read back, sha256 ${checksum}`;
    },
    /** What the archive says that it holds, readable or not; `null` when there is none. */
    contentOf: (ref: string, id: string): string | null => archives.get(locationOf(ref, id))?.content ?? null,
    /** Cuts an archive short, as a disk that was full does. */
    spoil: (ref: string, id: string): void => {
      const location = locationOf(ref, id);
      const archive = archives.get(location);
      if (archive === undefined) throw new Error(`there is no archive of ${id} to spoil`);
      archives.set(location, { ...archive, content: archive.content.slice(0, -1) });
    },
  };
}

const checksumOf = (content: string) => createHash('sha256').update(content).digest('hex');
