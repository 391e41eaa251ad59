import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 240_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    // One server stack a machine: suites that start servers run one file after the other.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'workflow',
          include: ['test/workflow/**/*.test.ts', 'test/replay/**/*.test.ts'],
          fileParallelism: false,
          ...slow,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          fileParallelism: false,
          ...slow,
          testTimeout: 240_000,
        },
      },
    ],
  },
});
