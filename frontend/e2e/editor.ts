import { expect, type Locator, type Page } from '@playwright/test';

/** The workflow editor, by what a person sees in it. */
export class Editor {
  readonly inspector: Locator;
  readonly data: Locator;

  constructor(readonly page: Page) {
    this.inspector = page.getByTestId('inspector');
    this.data = page.getByTestId('data-picker');
  }

  /** The card of a step or trigger on the canvas. */
  card(name: string): Locator {
    return this.page.getByRole('treeitem', { name: new RegExp(`^${name}(,|$)`) });
  }

  /** A mapped field of the inspector. */
  field(name: string): Locator {
    return this.inspector.getByRole('textbox', { name, exact: true });
  }

  /** Adds a step at the end of the workflow by its plus, searching for it. */
  async addStep(words: string): Promise<void> {
    await this.page.getByTestId('slot').last().click();
    await this.choose(words);
  }

  /** Searches in the open picker and takes the first hit. */
  async choose(words: string): Promise<void> {
    const picker = this.page.getByTestId('picker');
    await picker.getByRole('combobox').fill(words);
    await expect(picker.getByRole('option', { selected: true })).toContainText(words, { ignoreCase: true });
    await picker.getByRole('combobox').press('Enter');
    await expect(picker).toBeHidden();
  }

  /** Puts data into a field: a press on the field opens the data, a press on a row inserts it. */
  async insert(field: Locator, row: string): Promise<void> {
    await field.click();
    await this.data.getByRole('option').filter({ hasText: new RegExp(`^${row}`) }).first().click();
    await holds(field, new RegExp(`\\{\\{.*${row}.*\\}\\}`));
    await field.press('Escape');
    await expect(this.data).toBeHidden();
  }

  /** Opens a step and tests it; a call is sent only once that is confirmed. */
  async testStep(name: string): Promise<void> {
    await this.card(name).click();
    await this.inspector.getByRole('button', { name: 'Test this step' }).click();
  }

  async saved(): Promise<void> {
    await expect(this.page.getByTestId('save-state')).toHaveText(/Draft saved|No changes/);
  }

  async publish(): Promise<void> {
    await this.page.getByRole('button', { name: /publish/i }).click();
    const review = this.page.getByRole('dialog', { name: 'Review and publish' });
    await review.getByRole('button', { name: 'Publish and turn on' }).click();
    await expect(review).toBeHidden();
  }
}

/** The text of a mapped field or of code, pills as `{{ }}`. */
export async function holds(field: Locator, text: string | RegExp): Promise<void> {
  await expect(field).toHaveAttribute('data-text', text);
}

/** Where something stands, once it has come to rest. */
export async function steadyBox(of: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  let last = '';
  await expect(async () => {
    const now = JSON.stringify(await of.boundingBox());
    const rests = now === last && now !== 'null';
    last = now;
    expect(rests).toBe(true);
  }).toPass({ intervals: [50, 100, 100, 250] });
  return JSON.parse(last);
}

/** Sends an event as another system does. */
export function send(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

/** Fails when the document was loaded anew since this was called. */
export async function staysLoaded(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  return async () => expect(await page.evaluate(() => 'stayed' in window), 'the page was not reloaded').toBe(true);
}
