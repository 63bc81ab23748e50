import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Two cores, one PostgreSQL, one Chromium: a file at a time in each of two workers.
    pool: 'forks',
    maxWorkers: 2,
    // Tests that kill real processes depend on what else the machine does; a third failure in a row is no coincidence.
    retry: process.env.CI ? 2 : 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
