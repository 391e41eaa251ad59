import { defineConfig } from 'drizzle-kit';

// The connection is only needed by drizzle-kit's interactive commands, which nothing here uses.
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/db/schema.ts',
  out: './src/db/migrations',
});
