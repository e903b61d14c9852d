/** The rules of FORMAT §7.1 rule 4, against a model: heads form a tree, and only its descendants may follow a head. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes, toHex, type Bytes } from '../core/bytes.ts';
import { firstHistory, nextHistory } from '../core/head.ts';
import { MemoryStore } from './testing/platform.ts';
import { recordId, rejection } from './testing/scenario.ts';
import { Pins } from './pins.ts';
import { checkAdvance, checkAlong, checkBinding, type Pin } from './trusted-state.ts';
import { ForkError, FormatError, HostileDataError, RollbackError, SubstitutionError } from './vault.ts';

const VAULT = recordId(1);

interface Head extends Pin {
  readonly parent: Head | null;
}

async function child(parent: Head | null): Promise<Head> {
  const history = parent === null
    ? await firstHistory(new Uint8Array(16))
    : await nextHistory(parent.history, parent.headHash);
  return { vaultId: VAULT, seq: (parent?.seq ?? 0) + 1, headHash: randomBytes(32), history, parent };
}

/** From the head after `base.seq` to `head`, along the way of `head`. */
function hashesAfter(base: Pin, head: Head): Bytes[] {
  const hashes: Bytes[] = [];
  for (let at: Head | null = head; at !== null && at.seq > base.seq; at = at.parent) hashes.unshift(at.headHash);
  return hashes;
}

function isAncestor(base: Head, head: Head): boolean {
  for (let at: Head | null = head; at !== null; at = at.parent) if (at === base) return true;
  return false;
}

/** A tree of heads: each entry says from which earlier head the next one grows. */
async function tree(parents: readonly number[]): Promise<Head[]> {
  const heads = [await child(null)];
  for (const parent of parents) heads.push(await child(heads[parent % heads.length] ?? null));
  return heads;
}

const PARENTS = fc.array(fc.nat(), { minLength: 3, maxLength: 12 });

describe('what may follow a head', () => {
  it('is exactly its descendants, told by their own hashes', async () => {
    await fc.assert(fc.asyncProperty(PARENTS, fc.nat(), fc.nat(), async (parents, from, to) => {
      const heads = await tree(parents);
      const [base, seen] = [heads[from % heads.length], heads[to % heads.length]];
      if (base === undefined || seen === undefined) return;
      const hashes = hashesAfter(base, seen);
      if (isAncestor(base, seen)) return checkAdvance(base, seen, hashes);
      const error = await rejection(checkAdvance(base, seen, hashes));
      expect(error).toBeInstanceOf(seen.seq <= base.seq ? RollbackError : ForkError);
    }));
  });

  it('is nothing when a hash is missing, added, changed or moved', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.nat(), fc.nat(3), async (length, at, how) => {
      const heads = await tree(Array.from({ length }, (_, index) => index));
      const [base, seen] = [heads[0], heads.at(-1)];
      if (base === undefined || seen === undefined) return;
      const hashes = hashesAfter(base, seen);
      const index = at % hashes.length;
      const other = [
        hashes.toSpliced(index, 1),
        hashes.toSpliced(index, 0, randomBytes(32)),
        hashes.with(index, randomBytes(32)),
        [...hashes.slice(1), ...hashes.slice(0, 1)],
      ][how] ?? [];
      expect(await rejection(checkAdvance(base, seen, other))).toBeInstanceOf(HostileDataError);
    }));
  });

  it('is the same head only without hashes of heads after it', async () => {
    const head = await child(null);
    await checkAdvance(head, head, []);
    await expect(checkAdvance(head, head, [randomBytes(32)])).rejects.toThrow(FormatError);
  });

  it('is anything on a device without a pin, and nothing of another vault', async () => {
    const head = await child(null);
    await checkAdvance(null, head, []);
    await expect(checkAdvance(head, { ...head, vaultId: recordId(2) }, [])).rejects.toThrow(SubstitutionError);
    await expect(checkAdvance(head, { ...(await child(head)) }, [])).rejects.toThrow(FormatError);
  });
});

describe('two tabs of a device', () => {
  it('may only be shown heads on one line', async () => {
    await fc.assert(fc.asyncProperty(PARENTS, fc.nat(), fc.nat(), fc.nat(), async (parents, from, to, by) => {
      const heads = await tree(parents);
      const [base, seen, pin] = [from, to, by].map((index) => heads[index % heads.length]);
      if (!base || !seen || !pin || !isAncestor(base, seen)) return;
      const check = () => checkAlong(pin, base, seen, hashesAfter(base, seen));
      // Below `base` the pin was compared when `base` was accepted.
      if (pin.seq < base.seq || (isAncestor(base, pin) && isAncestor(pin, seen))) check();
      else expect(check).toThrow(pin.seq > seen.seq ? RollbackError : ForkError);
    }));
  });

  it('may lose the pin while they are open', async () => {
    const head = await child(null);
    checkAlong(null, head, head, []);
  });
});

describe('the pin', () => {
  it('only rises, in whatever order tabs accept heads of one line', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(7), { minLength: 1 }), async (order) => {
      const heads = await tree([0, 1, 2, 3, 4, 5, 6]);
      const pins = new Pins(new MemoryStore());
      await Promise.all(order.map((index) => pins.accept(heads[index] ?? expect.unreachable())));
      expect((await pins.pin(VAULT))?.seq).toBe(Math.max(...order) + 1);
    }));
  });

  it('refuses a second head of its number', async () => {
    const pins = new Pins(new MemoryStore());
    const [first, second] = [await child(null), await child(null)];
    await pins.accept(first);
    await expect(pins.accept(second)).rejects.toThrow(RollbackError);
    expect(toHex((await pins.pin(VAULT))?.headHash ?? randomBytes(1))).toBe(toHex(first.headHash));
  });

  it('binds a name to its vault until it is forgotten', async () => {
    const pins = new Pins(new MemoryStore());
    expect(await pins.binding('ada')).toBeNull();
    await pins.bind('ada', VAULT, 1);
    await pins.bind('grace', recordId(2), 2);
    expect(await pins.handles()).toEqual(['grace', 'ada']);
    checkBinding(await pins.binding('ada'), VAULT);
    await pins.bind('ada', VAULT, 0);
    await expect(pins.bind('ada', recordId(2), 3)).rejects.toThrow(SubstitutionError);
    expect(() => checkBinding(VAULT, recordId(2))).toThrow(SubstitutionError);
    await pins.accept(await child(null));
    await pins.forget('ada');
    expect(await pins.handles()).toEqual(['grace']);
    expect(await pins.pin(VAULT)).toBeNull();
  });
});
