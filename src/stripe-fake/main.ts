import { z } from 'zod';
import { startStripeFake } from './server.js';

const Options = z.strictObject({
  port: z.int().nonnegative(),
  host: z.string().exactOptional(),
  stateFile: z.string().exactOptional(),
  secretKey: z.string().exactOptional(),
  webhookSecret: z.string().exactOptional(),
  retryScheduleMs: z.array(z.int()).exactOptional(),
  deliveryRetryMs: z.array(z.int()).exactOptional(),
  deliveryTimeoutMs: z.int().exactOptional(),
  disableEndpointAfterMs: z.int().exactOptional(),
  hostedBase: z.string().exactOptional(),
  afterRetries: z.enum(['cancel', 'unpaid', 'past_due']).exactOptional(),
  afterRetriesInvoice: z.enum(['open', 'uncollectible']).exactOptional(),
  draftMs: z.int().exactOptional(),
  debitMs: z.int().exactOptional(),
});

// The fake as a process of its own: options as one JSON argument, one line of JSON when it is ready.
const fake = await startStripeFake(Options.parse(JSON.parse(process.argv[2] ?? '{}')));
const stop = (): void => {
  void fake.close().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('disconnect', stop);
process.stdout.write(`${JSON.stringify({ base: fake.base })}\n`);
