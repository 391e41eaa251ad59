// Fails when the schema says something that no migration brings about.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const committed = 'src/db/migrations';
const scratch = mkdtempSync(join(tmpdir(), 'forbear-migrations-'));
try {
  cpSync(committed, scratch, { recursive: true });
  const out = relative(process.cwd(), scratch);
  const args = [
    'drizzle-kit',
    'generate',
    '--dialect',
    'postgresql',
    '--schema',
    './src/db/schema.ts',
    '--out',
    out,
  ];
  execFileSync('npx', ['--no-install', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sqlFiles = (folder) => readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const added = sqlFiles(scratch).filter((name) => !sqlFiles(committed).includes(name));
  if (added.length > 0) {
    console.error(
      'src/db/schema.ts has changed without a migration: run `npx drizzle-kit generate --name WHAT`.',
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
