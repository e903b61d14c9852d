import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ServiceClock } from './clock.ts';
import { begin, begins, unlock } from './testing/scenario.ts';
import { Device } from './testing/platform.ts';

const HOUR = 3_600_000;
const dateOf = (ms: number) => new Date(ms).toUTCString();

it('agrees with the service to a second, whatever the device says', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: -1e11, max: 1e11 }), fc.nat(5_000), (at, wrong, slow) => {
    let device = at + wrong;
    const clock = new ServiceClock(() => device);
    const asked = clock.asked();
    device += slow;
    clock.heard(dateOf(at + slow), asked);
    expect(Math.abs(clock.now() - (at + slow))).toBeLessThanOrEqual(1_000 + slow);
  }));
});

it('stays as it is while it agrees: seconds and slow answers do not make it waver', () => {
  let device = 1_700_000_000_400;
  const clock = new ServiceClock(() => device);
  for (let n = 0; n < 100; n += 1) {
    const asked = clock.asked();
    device += 37 * (n % 5);
    clock.heard(dateOf(device - 10), asked);
    expect(clock.now()).toBe(device);
    device += 613;
  }
});

it.each([null, '', 'yesterday', '2026-11-21T05:00:00Z', 'Sat, 99 Foo 2026 05:00:00 GMT', 'Saturday, 21-Nov-26 05:00:00 GMT'])('takes no notice of %s', (date) => {
  const clock = new ServiceClock(() => 5);
  clock.heard(date, 5);
  expect(clock.now()).toBe(5);
});

it('takes no notice of an answer during which the device clock jumped back', () => {
  let device = 10 * HOUR;
  const clock = new ServiceClock(() => device);
  const asked = clock.asked();
  device = 0;
  clock.heard(dateOf(10 * HOUR), asked);
  expect(clock.now()).toBe(0);
});

it('two devices with wrong clocks note the same activity; what was written keeps the time of its device', async () => {
  const { service, device, vault } = await begin();
  let now = 1_900_000_000_000;
  service.date = () => dateOf(now);
  const late = new Device();
  late.clock = now - 26 * HOUR;
  device.clock = now + HOUR;
  const other = await unlock(late.tab(service.fetch));
  await vault.refresh();
  await vault.write({ text: 'here', ...begins(1) });
  for (const clock of [device, late]) clock.clock += 60_000;
  now += 60_000;
  await other.write({ text: 'there', ...begins(2) });
  await vault.refresh();
  const [there, here] = vault.sessions();
  // The devices in these tests also move on by a second whenever they are looked at.
  expect(Math.abs((there?.activeAt ?? 0) - now)).toBeLessThan(30_000);
  expect(Math.abs((here?.activeAt ?? 0) - (now - 60_000))).toBeLessThan(30_000);
  expect(there?.createdAt).toBeLessThan(now - 25 * HOUR);
  expect(here?.createdAt).toBeGreaterThan(now + HOUR / 2);
});

it('a date that lies moves the clock and nothing else', async () => {
  const { service, vault } = await begin();
  const { sessionId } = await vault.write({ text: 'kept', ...begins(1) });
  for (const lie of [0, 4e12, 253_402_300_799_000]) {
    service.date = () => dateOf(lie);
    await vault.refresh();
    expect(Math.abs(vault.now() - lie)).toBeLessThan(10_000);
    await vault.write({ text: 'and more', ...begins(2) });
    expect(await vault.open(sessionId)).toHaveLength(1);
  }
  expect((await vault.open(begins(2).newSessionId))[0]?.createdAt).toBeLessThan(2e12);
});
