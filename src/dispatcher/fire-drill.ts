import type { Client } from '@temporalio/client';
import {
  fireDrillIdOf,
  fireDrillType,
  workflowTaskQueue,
  type FireDrillStart,
} from '../../workflows/messages.js';

/** Starts the run of a drill, or leaves the one that is under way alone; one that was ended by force goes on where it stood. */
export async function startFireDrill({ workflow }: Client, drill: string): Promise<void> {
  const start: FireDrillStart = { drill };
  await workflow.start(fireDrillType, {
    workflowId: fireDrillIdOf(drill),
    taskQueue: workflowTaskQueue,
    args: [start],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
}
