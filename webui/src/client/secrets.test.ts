import { wordlist } from '@scure/bip39/wordlists/english.js';
import { expect, it } from 'vitest';
import { estimateStrength, newPassphrase } from './secrets.ts';

it('makes passphrases of seven words, each time others', () => {
  const made = Array.from({ length: 50 }, newPassphrase);
  for (const passphrase of made) expect(passphrase.split(' ').filter((word) => wordlist.includes(word))).toHaveLength(7);
  expect(new Set(made).size).toBe(50);
});

it('finds its own passphrases strong', async () => {
  for (let n = 0; n < 5; n += 1) expect((await estimateStrength(newPassphrase(), ['ada'])).score).toBe(4);
});

it('gives advice for weak ones, and knows the hints', async () => {
  const weak = await estimateStrength('password1', []);
  expect(weak.score).toBeLessThan(2);
  expect(weak.advice.length).toBeGreaterThan(0);
  const [hinted, unhinted] = await Promise.all([['augusta ada king'], []].map((hints) => estimateStrength('augusta ada king', hints)));
  expect(hinted?.guesses).toBeLessThan(unhinted?.guesses ?? 0);
});

it('is quick with very long texts', async () => {
  expect((await estimateStrength('x9 K'.repeat(2_000), [])).score).toBeGreaterThanOrEqual(0);
});
