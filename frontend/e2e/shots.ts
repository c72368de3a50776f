import type { Page } from '@playwright/test';
import { join } from 'node:path';

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Pictures for the documentation, into the folder E2E_SHOTS; without it nothing is done. */
export class Shots {
  private readonly folder = process.env.E2E_SHOTS;

  constructor(private readonly page: Page) {}

  /** The editor as `arrange` leaves it. */
  async editor(arrange: () => Promise<void>): Promise<void> {
    if (!this.folder) return;
    await arrange();
    await this.everyLook('editor');
  }

  /** The run that is open, the list of runs and the workflows. */
  async others(): Promise<void> {
    if (!this.folder) return;
    await this.everyLook('run');
    for (const [name, path] of [['runs', '/runs'], ['workflows', '/workflows']]) {
      await this.page.goto(path);
      await this.page.getByRole('link', { name: 'Orders to the CRM' }).first().waitFor();
      await this.everyLook(name);
    }
  }

  /** The page as it stands, wide and narrow, light and dark. */
  async everyLook(name: string): Promise<void> {
    if (!this.folder) return;
    for (const [suffix, colorScheme, size] of [
      ['', 'light', WIDE],
      ['-dark', 'dark', WIDE],
      ['-phone', 'light', PHONE],
      ['-phone-dark', 'dark', PHONE],
    ] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await this.page.setViewportSize(size);
      await this.page.screenshot({ path: join(this.folder, `${name}${suffix}.png`), animations: 'disabled' });
    }
    await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
    await this.page.setViewportSize(WIDE);
  }
}
