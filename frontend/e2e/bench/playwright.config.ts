import { defineConfig } from '@playwright/test';
import shared from '../playwright.config.ts';

// Measurements: one at a time, nothing recorded that costs time. They print; they fail only where nothing could be measured.
export default defineConfig({
  ...shared,
  testDir: import.meta.dirname,
  testMatch: '*.bench.ts',
  workers: 1,
  timeout: 300_000,
  use: { ...shared.use, trace: 'off', screenshot: 'off' },
});
