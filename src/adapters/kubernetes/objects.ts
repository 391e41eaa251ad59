import { z } from 'zod';

const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((all) => all ?? {});
const loose = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((all) => all ?? {});

const ownerShape = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  uid: z.string(),
  controller: z.boolean().default(false),
});

/** An object of Kubernetes, as far as every kind has it. */
export const objectShape = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.number().default(0),
    deletionTimestamp: z.string().optional(),
    labels: texts,
    annotations: texts,
    ownerReferences: z.array(ownerShape).default([]),
  }),
  spec: loose,
  status: loose,
});
export type KubeObject = z.infer<typeof objectShape>;

// Kubernetes leaves zeros out.
const count = z.int().min(0).default(0);
export const scaleShape = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  spec: z.looseObject({ replicas: count }).default({ replicas: 0 }),
  status: z.looseObject({ replicas: count, selector: z.string().default('') }),
});
export type Scale = z.infer<typeof scaleShape>;

export const listShape = z.looseObject({
  metadata: z.looseObject({ continue: z.string().optional() }),
  // Items of a list say nothing of their kind.
  items: z
    .array(objectShape)
    .nullish()
    .transform((all) => all ?? []),
});

/** Whether a Pod still runs, or may yet: what has ended for good holds nothing. */
export const isAlive = ({ status }: KubeObject): boolean =>
  status['phase'] !== 'Succeeded' && status['phase'] !== 'Failed';
