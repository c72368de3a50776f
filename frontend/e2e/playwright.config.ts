import { defineConfig } from '@playwright/test';
import { join } from 'node:path';

// `cargo xtask test` sets these; by hand: PATCHBAY_BIN and CHROMIUM_PATH are enough.
const output = process.env.E2E_OUTPUT ?? join(import.meta.dirname, '../test-results');

export default defineConfig({
  testDir: import.meta.dirname,
  outputDir: join(output, 'artifacts'),
  // One server per worker; two of them keep two cores busy.
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  // Machines that are shared stall for seconds. What passes only then is named at the end, and to be mended like a failure.
  retries: 1,
  // A test takes 5 to 50 s on two slow cores; this only ends one that hangs.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [['list'], ['json']] : [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH,
      // Chromium refuses its sandbox when it runs as root.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
