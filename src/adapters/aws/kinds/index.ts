import type { Service } from '../settings.js';
import { createAutoScalingKind } from './auto-scaling.js';
import { createEc2Kind } from './ec2.js';
import { createEcsKind } from './ecs.js';
import type { Kind, KindContext } from './kind.js';
import { createLambdaKind } from './lambda.js';
import { createRdsClusterKind, createRdsInstanceKind } from './rds.js';
import { createS3Kind } from './s3.js';

const kindsOf: Readonly<Record<Service, readonly ((context: KindContext) => Kind)[]>> = {
  ecs: [createEcsKind],
  ec2: [createEc2Kind],
  autoscaling: [createAutoScalingKind],
  rds: [createRdsInstanceKind, createRdsClusterKind],
  lambda: [createLambdaKind],
  s3: [createS3Kind],
};

/** The kinds of resources of these services, by name. */
export function createKinds(services: readonly Service[], context: KindContext): ReadonlyMap<string, Kind> {
  const kinds = services.flatMap((service) => kindsOf[service].map((create) => create(context)));
  return new Map(kinds.map((kind) => [kind.name, kind]));
}
