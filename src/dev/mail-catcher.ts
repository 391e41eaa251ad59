import { z } from 'zod';
import { startMailCatcher } from './mail-catcher-server.js';

const schema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  smtpPort: z.int().min(0).max(65_535),
  httpPort: z.int().min(0).max(65_535),
  file: z.string().min(1),
});

// One JSON argument in, one JSON line out when it answers: whoever starts this process reads the line.
const catcher = await startMailCatcher(schema.parse(JSON.parse(process.argv[2] ?? '{}')));
process.stdout.write(`${JSON.stringify({ smtp: catcher.smtp, messages: catcher.messages })}\n`);

function end() {
  catcher.close();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, end);
