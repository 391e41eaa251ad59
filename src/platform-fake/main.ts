import { z } from 'zod';
import { startPlatformFake } from './server.js';

const optionsSchema = z.strictObject({
  port: z.int().min(0).max(65_535),
  host: z.string().optional(),
  token: z.string().min(1),
  secrets: z.array(z.string().min(1)).optional(),
  stateFile: z.string().optional(),
});

// One JSON argument in, one JSON line out when it answers: whoever starts this process reads the line.
const platform = await startPlatformFake(optionsSchema.parse(JSON.parse(process.argv[2] ?? '{}')));

const end = () => void platform.close().then(() => process.exit(0));
process.once('SIGTERM', end);
process.once('SIGINT', end);
process.once('disconnect', end);
process.stdout.write(`${JSON.stringify({ ready: true, base: platform.base })}\n`);
