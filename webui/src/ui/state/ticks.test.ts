import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SessionSummary } from '../../client/types.ts';
import { standing } from '../../writing/activity.ts';
import { Store } from './store.ts';
import { Ticks, type Ticking } from './ticks.ts';

const START = 1_800_000_000_000;
/** The service's clock is ahead of the device's; tests may move it. */
let ahead: number;
let store: Store<Ticking>;
let ticks: Ticks;
let seen: string[];

function session(activeAt: number): SessionSummary {
  return { count: 1, activeAt, endedAt: null, resumedAt: null, archivedAt: null, trashedAt: null } as SessionSummary;
}

const now = (): number => Date.now() + ahead;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.stubGlobal('window', Object.assign(new EventTarget(), { setTimeout, clearTimeout }));
  vi.stubGlobal('document', new EventTarget());
  ahead = 7_000;
  store = new Store<Ticking>({ sessions: [session(START + ahead - 700)], settings: { continueMinutes: 5 } });
  ticks = new Ticks(now, store);
  seen = [];
  ticks.view.subscribe(() => {
    const { state, left } = standing(store.value.sessions[0] as SessionSummary, ticks.view.value.now, store.value.settings.continueMinutes);
    const said = `${state} ${Math.ceil(left / 60_000)}`;
    if (said !== seen.at(-1)) seen.push(said);
  });
  ticks.start();
});

afterEach(() => {
  ticks.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('ticks in the very moment that a session stands otherwise, or has a minute less', () => {
  vi.advanceTimersByTime(59_299);
  expect(seen).toEqual(['active 5']);
  vi.advanceTimersByTime(1);
  expect(seen).toEqual(['active 5', 'idle 4']);
  vi.advanceTimersByTime(239_999);
  expect(seen.at(-1)).toBe('idle 1');
  vi.advanceTimersByTime(1);
  expect(seen.at(-1)).toBe('ended 0');
});

it('ticks when the sessions change, and goes by what they are then', () => {
  vi.advanceTimersByTime(58_000);
  store.set({ sessions: [session(now() - 119_500)] });
  expect(seen.at(-1)).toBe('idle 4');
  vi.advanceTimersByTime(500);
  expect(seen.at(-1)).toBe('idle 3');
});

it('notices a clock that was moved: at once when the writer looks, else within five seconds', () => {
  ahead += 61_000;
  window.dispatchEvent(new Event('focus'));
  expect(seen.at(-1)).toBe('idle 4');
  ahead += 300_000;
  vi.advanceTimersByTime(5_000);
  expect(seen.at(-1)).toBe('ended 0');
});

it('ends', () => {
  ticks.stop();
  store.set({ sessions: [] });
  window.dispatchEvent(new Event('focus'));
  expect([vi.getTimerCount(), seen]).toEqual([0, ['active 5']]);
});
