import type { CDPSession, Page } from '@playwright/test';

interface TraceEvent {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  pid: number;
  tid: number;
  args: { name?: string };
}

export interface Frames {
  /** Milliseconds of the main thread's work, frame by frame. */
  work: number[];
  /** Tasks of 50 ms and more. */
  long: number;
}

export const percentile = (values: number[], part: number): number => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
};

/** What the page's main thread does while `act` runs. */
export async function traced(page: Page, act: () => Promise<void>): Promise<Frames> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'];
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: categories } });
  await act();
  const done = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.end');
  await done;
  await session.detach();
  return frames(events);
}

function frames(events: TraceEvent[]): Frames {
  const mains = events.filter((event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain');
  const tasksOf = (main: TraceEvent) =>
    events.filter((event) => event.name.endsWith('RunTask') && event.ph === 'X' && event.pid === main.pid && event.tid === main.tid);
  // Of all pages of the browser the one that works.
  const busy = (tasks: TraceEvent[]) => tasks.reduce((sum, task) => sum + (task.dur ?? 0), 0);
  const tasks = mains.map(tasksOf).sort((one, other) => busy(other) - busy(one))[0] ?? [];
  const main = tasks[0];
  const starts = events
    .filter((event) => main && event.name === 'FireAnimationFrame' && event.pid === main.pid && event.tid === main.tid)
    .map((event) => event.ts)
    .sort((one, other) => one - other);
  const work = starts.slice(0, -1).map((from, at) => {
    const within = tasks.filter((task) => task.ts + (task.dur ?? 0) > from && task.ts < starts[at + 1]!);
    return within.reduce((sum, task) => sum + (task.dur ?? 0), 0) / 1000;
  });
  return { work, long: tasks.filter((task) => (task.dur ?? 0) >= 50_000).length };
}

/** Slows the page's processor down so many times. */
export async function throttle(page: Page, rate: number): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
  return session;
}
