import { z } from 'zod';

// What Kubernetes takes for names; whatever passes can stand in the path of a URL as it is.
const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'is no name of Kubernetes');
const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'is no name of a namespace');
const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    'is no key of a label',
  );

const customKind = z.strictObject({
  apiVersion: z
    .string()
    .regex(/^[a-z0-9][-a-z0-9.]*\/v[a-z0-9]+$/, 'is a group and a version: example.com/v1'),
  kind: z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'is a kind such as Database'),
  plural: z.string().regex(/^[a-z][a-z0-9]*$/, 'is the plural in small letters, such as databases'),
});

const byDefault =
  'Paused for non-payment: nothing here can be started or changed until the open invoice is paid.';

/** What an operator says of a cluster, besides how it is reached. */
export const kubernetesShape = z.strictObject({
  /** `namespace`: an account has namespaces of its own, which carry the label. `label`: each workload carries it. */
  find: z.enum(['namespace', 'label']),
  label: labelKey.default('forbear.dev/account'),
  /** Nothing outside of these is ever looked at. */
  namespaces: z.array(namespaceName).min(1, 'names no namespace').optional(),
  /** Kinds of the operator's own that have a `scale` subresource. */
  customKinds: z.array(customKind).default([]),
  /** Whom the lock lets through: Forbear itself. */
  serviceAccount: z
    .strictObject({ namespace: namespaceName, name: dnsName })
    .default({ namespace: 'forbear', name: 'forbear' }),
  /** Users whom the lock lets through as well, such as the controller of a custom kind. */
  exempt: z.array(z.string().regex(/^[\w:.@/-]+$/, 'is no name of a user')).default([]),
  /** What a customer reads who tries all the same. */
  message: z
    .string()
    .min(1)
    .max(500)
    .regex(/^[^\p{Cc}]+$/u, 'is one line')
    .default(byDefault),
  /** Where archives are kept; none are taken without it. */
  archive: z.strictObject({ namespace: namespaceName, volumeSnapshotClass: dnsName.optional() }).optional(),
  /** What may be deleted for good; nothing without it. */
  decommission: z
    .strictObject({
      kinds: z.array(z.string().min(1)).min(1, 'names no kind'),
      /** Whether the volumes of a workload are deleted after it. */
      volumes: z.boolean().default(false),
    })
    .optional(),
});

export type KubernetesSettings = z.infer<typeof kubernetesShape>;
export type CustomKind = KubernetesSettings['customKinds'][number];

/** The name by which the API server knows Forbear. */
export const usernameOf = ({ serviceAccount: { namespace, name } }: KubernetesSettings): string =>
  `system:serviceaccount:${namespace}:${name}`;
