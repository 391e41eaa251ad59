import { z } from 'zod';

/**
 * What goes over the wire, once: the adapter parses answers with these shapes, and the contract in OpenAPI is made of
 * them. Answers may hold more than what stands here; it is not read.
 */
export const stateShape = z
  .record(z.string(), z.unknown())
  .describe(
    'What `resume` has to put back, exactly. Only the platform knows what it means; Forbear keeps it.',
  );

export const probeShape = z
  .enum(['serving', 'off_and_locked', 'off', 'in_between'])
  .describe(
    'What the resource really does, seen from outside. `serving`: it runs, is neither locked nor draining, and answers. ' +
      '`off_and_locked`: nothing runs, and the customer cannot start it. `off`: nothing runs, and he can. ' +
      '`in_between`: anything else, such as running but locked, draining, or starting.',
  );

export const pageShape = z.object({
  resources: z
    .array(z.object({ id: z.string().min(1), kind: z.string().min(1) }))
    .describe('Also those that are off. An id is never used again for another resource.'),
  next: z.string().min(1).nullable().describe('The cursor of the next page; `null` on the last.'),
});

export const resourceShape = z.object({
  state: stateShape,
  probe: probeShape,
  drained: z.boolean().describe('Whether no work is left on it; true for what is off.'),
});

export const resumeShape = z.object({ state: stateShape });

export const locationShape = z.object({
  location: z
    .string()
    .min(1)
    .describe('Where the archive is, for people and for `verify`. It outlives the resource.'),
});

export const readingShape = z.discriminatedUnion('readable', [
  z.object({
    readable: z.literal(true),
    evidence: z
      .string()
      .min(1)
      .describe('What was found, such as size and checksum. It is kept for years: it names nobody.'),
  }),
  z.object({ readable: z.literal(false), reason: z.string() }),
]);

export const problemShape = z.object({
  error: z.object({ code: z.string(), message: z.string().optional().describe('A sentence for people.') }),
});

export const goneShape = z.object({
  error: z.object({ code: z.literal('gone'), message: z.string().optional() }),
});

export const notOfferedShape = z.object({
  error: z.object({ code: z.literal('not_offered'), message: z.string().optional() }),
});

export const fencedShape = z.object({
  error: z.object({
    code: z.literal('fenced'),
    newest: z.int().min(0).describe('The highest fencing number that came for this account.'),
    message: z.string().optional(),
  }),
});
