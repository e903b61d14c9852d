/** Round trips, and the refusal of everything else, for each codec. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importKey, openSealed } from './aead.ts';
import { concat, fromHex, fromUtf8, randomBytes, randomId, readU32, toHex, u16, u32, u64, utf8, type Bytes } from './bytes.ts';
import * as canonical from './canonical.ts';
import type { Payload } from './canonical.ts';
import { SetDigest } from './digest.ts';
import * as envelope from './envelope.ts';
import { EnvelopeClass, ZERO_ID, type Context } from './envelope.ts';
import { FormatError, HostileDataError, IntegrityError, PolicyError } from '../errors.ts';
import { Keyring } from './keyring.ts';
import { encodeSlotHeader, openSlot, parseSlotHeader, sealSlot, SlotKeys, type SlotHeader } from './keyslot.ts';
import { draftPayload, parseDraft } from './model.ts';
import { pad, padme, unpad } from './padding.ts';
import { CAP, FLOOR, PROFILE, SlotKind } from './params.ts';
import { decodeRecoveryKey, encodeRecoveryKey, newRecoveryKey } from './recovery.ts';
import { openResume, sealResume } from './resume.ts';
import { checkNewPassphrase, excerpt, normaliseHandle, passphraseBytes } from './text.ts';
import { fromBase64url, toBase64url } from '../wire/encodings.ts';

const bytes = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((data) => Uint8Array.from(data));
const id = bytes(16).filter((data) => data.some((byte) => byte !== 0));
const text = fc.string({ unit: 'binary' });
const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,63}$/);
const integer = fc.maxSafeInteger().map((number) => number + 0);
const { payload } = fc.letrec<{ payload: Payload; value: canonical.Json }>((tie) => ({
  payload: fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 5 }, fc.constant(null), fc.boolean(), integer, text, fc.array(tie('value'), { maxLength: 4 }), tie('payload')),
}));
const message = payload.map((fields): Payload => ({ ...fields, type: 'message' }));

/** Every copy of `data` with one bit changed, one byte less or one more. */
function* mutations(data: Bytes): Generator<Bytes> {
  for (let at = 0; at < data.length; at += 1) yield data.with(at, (data[at] ?? 0) ^ (1 << (at % 8)));
  yield data.slice(0, -1);
  yield data.slice(1);
  yield concat(data, Uint8Array.of(0));
}

async function refused(work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toBeInstanceOf(HostileDataError);
}

describe('bytes', () => {
  it('survive base64url and hexadecimal, whose other spellings are refused', () => {
    fc.assert(fc.property(bytes(0, 50), (data) => {
      expect(fromBase64url(toBase64url(data))).toEqual(data);
      expect(toBase64url(data)).toBe(Buffer.from(data).toString('base64url'));
      expect(fromHex(toHex(data), data.length)).toEqual(data);
    }));
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'AQgw_-=+/ \nZ9ä'), maxLength: 9 }), (spelling) => {
      try {
        expect(toBase64url(fromBase64url(spelling))).toBe(spelling);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }), { numRuns: 1_000 });
  });

  it('of integers are big-endian, and in range', () => {
    fc.assert(fc.property(fc.nat(0xffff), fc.nat(0xffff_ffff), fc.maxSafeNat(), (small, middle, large) => {
      expect(toHex(u16(small))).toBe(small.toString(16).padStart(4, '0'));
      expect(readU32(u32(middle), 0)).toBe(middle);
      expect(toHex(u64(large))).toBe(large.toString(16).padStart(16, '0'));
    }));
    for (const wrong of [-1, 1.5, NaN, 2 ** 53]) expect(() => u64(wrong)).toThrow(FormatError);
    expect(() => u32(2 ** 32)).toThrow(FormatError);
    expect(() => u16(2 ** 16)).toThrow(FormatError);
  });

  it('of text are UTF-8 or nothing', () => {
    fc.assert(fc.property(text, (words) => {
      expect(fromUtf8(utf8(words))).toBe(words);
      expect(() => utf8(`${words}\ud800`)).toThrow(FormatError);
    }));
  });
});

describe('payloads', () => {
  it('have one spelling', () => {
    fc.assert(fc.property(payload, (fields) => {
      const data = canonical.encode(fields);
      expect(canonical.decode(data)).toEqual(fields);
      expect(canonical.encode(canonical.decode(data))).toEqual(data);
    }));
  });

  it('changed anywhere are another payload or none', () => {
    fc.assert(fc.property(payload, fc.nat(), fc.nat(255), (fields, at, byte) => {
      const data = canonical.encode(fields);
      const other = data.with(at % data.length, byte);
      try {
        expect(canonical.encode(canonical.decode(other))).toEqual(other);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }), { numRuns: 2_000 });
  });

  it('spelled with space, escapes or disorder are refused', () => {
    fc.assert(fc.property(payload, (fields) => {
      const spaced = JSON.stringify(fields, null, 1);
      if (spaced !== '{}') expect(() => canonical.decode(utf8(spaced))).toThrow(FormatError);
      expect(() => canonical.decode(utf8(`\ufeff${fromUtf8(canonical.encode(fields))}`))).toThrow(FormatError);
    }));
  });

  it('refuse values that JSON has no word for', () => {
    for (const value of [undefined, 1n, Symbol('x'), () => 1, NaN, -0, 1.5]) {
      expect(() => canonical.encode({ a: value } as unknown as Payload), String(value)).toThrow(FormatError);
    }
  });
});

describe('padding', () => {
  it('comes off again, hides lengths, and has one spelling', () => {
    fc.assert(fc.property(bytes(0, 3_000), (data) => {
      const padded = pad(data);
      expect(unpad(padded)).toEqual(data);
      expect(padded.length).toBe(padme(Math.max(512, data.length + 4)));
      expect(padme(padded.length)).toBe(padded.length);
    }));
  });

  it('grows a length by at most an eighth, and never shrinks it', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 2 ** 31 }), (length) => {
      expect(padme(length)).toBeGreaterThanOrEqual(length);
      expect(padme(length)).toBeLessThan(length * 1.125 + 1);
    }));
  });

  it('is refused when changed', () => {
    const padded = pad(utf8('some words'));
    for (const other of [...mutations(padded.slice(0, 4))].map((length) => concat(length, padded.subarray(4)))) {
      expect(() => unpad(other)).toThrow(FormatError);
    }
    expect(() => unpad(padded.with(-1, 1))).toThrow(FormatError);
    expect(() => unpad(padded.slice(0, -1))).toThrow(FormatError);
  });
});

describe('envelopes', () => {
  const context = fc.record<Context>({
    cls: fc.constant(EnvelopeClass.RECORD), vaultId: id, containerId: id, recordId: id, version: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
  });

  it('open where they were sealed, and nowhere else', async () => {
    await fc.assert(fc.asyncProperty(context, message, bytes(32), id, async (place, fields, raw, other) => {
      const secret = await importKey(raw);
      const sealed = await envelope.seal(secret, place, fields);
      expect(await envelope.open(secret, place, sealed)).toEqual(fields);
      const places: Context[] = [
        { ...place, cls: EnvelopeClass.DRAFT }, { ...place, vaultId: other }, { ...place, containerId: other },
        { ...place, recordId: other }, { ...place, version: place.version === 1 ? 2 : place.version - 1 },
        { ...place, cls: EnvelopeClass.HEADER, recordId: ZERO_ID },
      ];
      for (const elsewhere of places) await expect(envelope.open(secret, elsewhere, sealed)).rejects.toThrow(IntegrityError);
      await expect(envelope.open(await importKey(randomBytes(32)), place, sealed)).rejects.toThrow(IntegrityError);
    }), { numRuns: 50 });
  });

  it('are refused when any byte is changed', async () => {
    const secret = await importKey(randomBytes(32));
    const place: Context = { cls: EnvelopeClass.RECORD, vaultId: randomId(), containerId: randomId(), recordId: randomId(), version: 1 };
    const sealed = await envelope.seal(secret, place, { type: 'message' });
    for (const other of mutations(sealed)) await refused(envelope.open(secret, place, other));
  });

  it('never take one nonce twice', async () => {
    const secret = await importKey(randomBytes(32));
    const place: Context = { cls: EnvelopeClass.RECORD, vaultId: randomId(), containerId: randomId(), recordId: randomId(), version: 1 };
    const nonces = await Promise.all(Array.from({ length: 200 }, async () =>
      toHex((await envelope.seal(secret, place, { type: 'message' })).subarray(1, 13))));
    expect(new Set(nonces).size).toBe(200);
  });
});

describe('slots', () => {
  const header = fc.record<SlotHeader>({
    kind: fc.constant(SlotKind.PASSPHRASE),
    params: fc.record({
      mKib: fc.integer({ min: FLOOR.mKib, max: CAP.mKib }), t: fc.integer({ min: FLOOR.t, max: CAP.t }), p: fc.integer({ min: 1, max: CAP.p }),
    }),
    vaultId: id, slotId: id, epoch: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  });

  it('have headers with one spelling', () => {
    fc.assert(fc.property(header, (fields) => {
      expect(parseSlotHeader(encodeSlotHeader(fields))).toEqual(fields);
    }));
    fc.assert(fc.property(bytes(44), (data) => {
      try {
        expect(encodeSlotHeader(parseSlotHeader(data))).toEqual(data);
      } catch (error) {
        expect(error instanceof FormatError || error instanceof PolicyError).toBe(true);
      }
    }));
  });

  it('open under their own secret and header, and are refused when any byte is changed', async () => {
    const fields: SlotHeader = { kind: SlotKind.PASSPHRASE, params: PROFILE, vaultId: randomId(), slotId: randomId(), epoch: 1 };
    const [secret, vaultKey] = [randomBytes(32), randomBytes(32)];
    const keys = await SlotKeys.derive(secret, fields.vaultId, fields.slotId);
    const slot = await sealSlot(fields, keys, vaultKey);
    expect(await openSlot(slot, fields, keys)).toEqual(vaultKey);
    for (const other of mutations(slot)) await refused(openSlot(other, fields, keys));
    await refused(openSlot(slot, { ...fields, epoch: 2 }, keys));
    await refused(openSlot(slot, fields, await SlotKeys.derive(randomBytes(32), fields.vaultId, fields.slotId)));
  });

  it('sign logins that their public key verifies, for this login alone', async () => {
    const [vaultId, slotId, challenge] = [randomId(), randomId(), randomBytes(32)];
    const keys = await SlotKeys.derive(randomBytes(32), vaultId, slotId);
    const signature = await keys.signLogin('https://ink.example', vaultId, slotId, challenge, 1);
    const again = await keys.signLogin('https://ink.example', vaultId, slotId, challenge, 2);
    expect(signature).not.toEqual(again);
    await expect(keys.signLogin('https://ink.exämple', vaultId, slotId, challenge, 1)).rejects.toThrow(FormatError);
  });
});

describe('keys of containers', () => {
  it('open for their container, epoch and vault only', async () => {
    const [vaultId, vaultKey, containerId, raw] = [randomId(), randomBytes(32), randomId(), randomBytes(32)];
    const ring = await Keyring.derive(vaultId, vaultKey);
    const wrapped = await ring.wrap(containerId, 1, raw);
    const sealed = await ring.unwrap(containerId, 1, wrapped);
    expect(sealed.extractable).toBe(false);
    for (const other of mutations(wrapped)) await refused(ring.unwrap(containerId, 1, other));
    await refused(ring.unwrap(randomId(), 1, wrapped));
    await refused(ring.unwrap(containerId, 2, wrapped));
    await refused((await Keyring.derive(randomId(), vaultKey)).unwrap(containerId, 1, wrapped));
    await refused((await Keyring.derive(vaultId, randomBytes(32))).unwrap(containerId, 1, wrapped));
  });
});

describe('digests', () => {
  const element = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

  it('forget the order, and what was taken out again', () => {
    fc.assert(fc.property(fc.array(element), fc.array(element), (kept, removed) => {
      const sum = [...kept, ...removed].reduce((digest, one) => digest.add(one), SetDigest.empty);
      const back = removed.toReversed().reduce((digest, one) => digest.remove(one), sum);
      const plain = kept.toReversed().reduce((digest, one) => digest.add(one), SetDigest.empty);
      expect(back.hex()).toBe(plain.hex());
      expect(SetDigest.fromHex(back.hex()).equals(plain)).toBe(true);
    }));
  });
});

describe('texts', () => {
  it('of recovery keys survive hands, and no other text is one', async () => {
    const recovery = newRecoveryKey();
    const words = await encodeRecoveryKey(recovery);
    expect(words).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$/);
    const spelled = words.toLowerCase().replaceAll('0', 'O').replaceAll('1', 'l').replaceAll('-', ' \n');
    expect(await decodeRecoveryKey(spelled)).toEqual(recovery);
    for (let at = 0; at < words.length; at += 1) {
      const other = words.slice(0, at) + (words[at] === '7' ? '8' : '7') + words.slice(at + 1);
      await expect(decodeRecoveryKey(other), other).rejects.toThrow(FormatError);
    }
  });

  it('of handles have one spelling', () => {
    fc.assert(fc.property(text, (name) => {
      try {
        const handle = normaliseHandle(name);
        expect(normaliseHandle(handle)).toBe(handle);
        expect(normaliseHandle(`\t ${name}\n`)).toBe(handle);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }), { numRuns: 1_000 });
  });

  it('of passphrases are the same composed and decomposed', () => {
    fc.assert(fc.property(text.filter((words) => words !== ''), (words) => {
      expect(passphraseBytes(words.normalize('NFD'))).toEqual(passphraseBytes(words.normalize('NFC')));
    }));
    expect(() => checkNewPassphrase('plain words')).not.toThrow();
    expect(() => checkNewPassphrase('\u{10FFFE}')).toThrow(FormatError);
  });

  it('are cut at whole characters', () => {
    fc.assert(fc.property(text, fc.nat(20), (words, count) => {
      const cut = excerpt(words, count);
      expect([...cut].length).toBeLessThanOrEqual(count);
      expect(cut.isWellFormed()).toBe(true);
    }));
    expect(excerpt(' a \n\t b ', 9)).toBe('a b');
  });
});

describe('what stays on the device', () => {
  it('resumes one login only', async () => {
    const [share, vaultId, loginId, vaultKey, slotId] = [randomBytes(32), randomId(), randomId(), randomBytes(32), randomId()];
    const value = await sealResume(share, vaultId, loginId, vaultKey, slotId);
    expect(await openResume(share, vaultId, loginId, value)).toEqual({ vaultKey, slotId });
    for (const other of mutations(value)) await refused(openResume(share, vaultId, loginId, other));
    await refused(openResume(randomBytes(32), vaultId, loginId, value));
    await refused(openResume(share, randomId(), loginId, value));
    await refused(openResume(share, vaultId, randomId(), value));
  });

  it('keeps drafts as they were', () => {
    fc.assert(fc.property(text, id, id, fc.boolean(), fc.tuple(fc.nat(), fc.nat()), fc.nat(), fc.maxSafeNat(), (...fields) => {
      const [words, recordId, home, isNew, selection, scroll, updatedAt] = fields;
      const session = isNew ? { session: null, newSession: home } : { session: home, newSession: null };
      const draft = { text: words, recordId, ...session, selection, scroll, updatedAt };
      expect(parseDraft(canonical.decode(canonical.encode(draftPayload(draft))))).toEqual(draft);
      for (const [one, other] of [[null, null], [toHex(home), toHex(home)]] as const) {
        expect(() => parseDraft({ ...draftPayload(draft), session: one, new_session: other })).toThrow(FormatError);
      }
    }));
  });

  it('is a draft only with a selection of two numbers', () => {
    const session = randomId();
    const draft = draftPayload({ text: '', session, newSession: null, recordId: randomId(), selection: [0, 0], scroll: 0, updatedAt: 1 });
    expect(parseDraft(draft).session).toEqual(session);
    for (const selection of [[0], [0, 0, 0], ['0', 0], [0, null], {}, null]) {
      expect(() => parseDraft({ ...draft, selection }), JSON.stringify(selection)).toThrow(FormatError);
    }
  });
});

it('says nothing of what was wrong to the writer', async () => {
  const secret = await importKey(randomBytes(32));
  const integrity: unknown = await openSealed(secret, new Uint8Array(50), new Uint8Array(0)).catch((error: unknown) => error);
  const format = new FormatError('envelope size');
  expect((integrity as Error).message).toBe(format.message);
});
