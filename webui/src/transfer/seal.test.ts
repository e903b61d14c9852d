import { describe, expect, it } from 'vitest';
import { openBackup, sealBackup } from './seal.ts';

const CHEAP = 10;
const MADE_AT = Date.UTC(2026, 10, 21);

function json(size: number): Blob {
  return new Blob(Array.from({ length: Math.ceil(size / 1000) }, (_, index) => `${index}`.padEnd(1000, 'x')));
}

describe('a backup', () => {
  it.each([0, 1_000, 300_000])('of %d bytes opens again', async (size) => {
    const sealed = await sealBackup(json(size), 'quiet lantern', MADE_AT, CHEAP);
    expect(await (await openBackup(sealed, 'quiet lantern')).text()).toBe(await json(size).text());
    expect(await sealed.slice(0, 22).text()).toBe('age-encryption.org/v1\n');
  });

  it('does not open with another passphrase', async () => {
    const sealed = await sealBackup(json(10), 'quiet lantern', MADE_AT, CHEAP);
    await expect(openBackup(sealed, 'loud lantern')).rejects.toThrow();
  });

  it.each([0, 30, 200, -1, -500])('with byte %d changed does not open', async (place) => {
    const sealed = await sealBackup(json(1_000), 'quiet lantern', MADE_AT, CHEAP);
    const bytes = new Uint8Array(await sealed.arrayBuffer());
    const at = (place + bytes.length) % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await expect(openBackup(new Blob([bytes]), 'quiet lantern')).rejects.toThrow();
  });

  it('cut short does not open', async () => {
    const sealed = await sealBackup(json(1_000), 'quiet lantern', MADE_AT, CHEAP);
    await expect(openBackup(sealed.slice(0, sealed.size - 40), 'quiet lantern')).rejects.toThrow();
  });
});
