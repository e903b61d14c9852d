/** The frames of a snapshot as its bytes come: `u32 length ‖ u8 kind ‖ body`, big endian (PROTOCOL §7.1). */
import { isZero, toHex, type Bytes } from '../core/bytes.ts';
import { FormatError } from '../errors.ts';
import type { Container, Record } from '../wire/answers.ts';
import { ID_BYTES, MAX_ENVELOPE_BYTES, MIN_ENVELOPE_BYTES, WRAPPED_KEY_BYTES } from '../wire/limits.ts';

export type SnapshotFrame =
  | { readonly kind: 'head'; readonly seq: number; readonly head: Bytes }
  | { readonly kind: 'container'; readonly container: Container }
  | { readonly kind: 'record'; readonly record: Record }
  | { readonly kind: 'end'; readonly containers: number; readonly records: number };

const LENGTH_BYTES = 4;
/** Length and kind. */
const START_BYTES = 5;
/** Bytes of the kind and of what stands before the envelope. */
const HEAD_BYTES = 1 + 8;
const CONTAINER_BYTES = 1 + ID_BYTES + 8 + 4 + WRAPPED_KEY_BYTES;
const RECORD_BYTES = 1 + ID_BYTES + 8;
const END_BYTES = 1 + 8 + 8;
/** The largest `length` of each kind; a kind that is not known has that of the longest. */
const LONGEST = [CONTAINER_BYTES, HEAD_BYTES, CONTAINER_BYTES, RECORD_BYTES].map((fixed) => fixed + MAX_ENVELOPE_BYTES).concat(END_BYTES);
const LONGEST_OF_ALL = CONTAINER_BYTES + MAX_ENVELOPE_BYTES;

/** Cuts bytes into frames, and keeps no more of one than its kind may have. Whether they are in order is not looked at. */
export class SnapshotFrames {
  /** Of the frame that has not ended. */
  #parts: Bytes[] = [];
  #length = 0;
  #needed = START_BYTES;

  /** Whether no frame has begun that has not ended. */
  get isBetween(): boolean {
    return this.#length === 0;
  }

  /** Throws FormatError for a frame of another shape than PROTOCOL §7.1 has it. */
  *feed(chunk: Bytes): Generator<SnapshotFrame, void> {
    this.#parts.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    const data = joined(this.#parts, this.#length);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    let at = 0;
    for (;;) {
      this.#needed = data.length - at < START_BYTES ? START_BYTES : LENGTH_BYTES + lengthAt(view, at);
      const end = at + this.#needed;
      if (end > data.length) break;
      yield frameOf(data.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    this.#parts = [data.subarray(at)];
    this.#length = data.length - at;
  }
}

function joined(parts: readonly Bytes[], length: number): Bytes {
  const [first] = parts;
  if (first?.length === length) return first;
  const data = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return data;
}

function lengthAt(view: DataView, at: number): number {
  const length = view.getUint32(at);
  if (length === 0 || length > (LONGEST[view.getUint8(at + LENGTH_BYTES)] ?? LONGEST_OF_ALL)) throw new FormatError('snapshot: a frame too long');
  return length;
}

/** `frame` begins with its kind. */
function frameOf(frame: Bytes): SnapshotFrame {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const id = () => toHex(frame.subarray(1, 1 + ID_BYTES));
  switch (frame[0]) {
    case 1:
      return { kind: 'head', head: envelopeAfter(frame, HEAD_BYTES), seq: counterAt(view, 1) };
    case 2: {
      const header = envelopeAfter(frame, CONTAINER_BYTES);
      const epoch = view.getUint32(25);
      if (epoch === 0) throw new FormatError('snapshot: an epoch of 0');
      const container = { container_id: id(), version: counterAt(view, 17), epoch, wrapped_key: frame.slice(29, CONTAINER_BYTES), header };
      return { kind: 'container', container };
    }
    case 3: {
      const envelope = envelopeAfter(frame, RECORD_BYTES);
      if (isZero(frame.subarray(1, 1 + ID_BYTES))) throw new FormatError('snapshot: a record id of zeros');
      return { kind: 'record', record: { record_id: id(), version: counterAt(view, 17), envelope } };
    }
    case 4:
      if (frame.length !== END_BYTES) throw new FormatError('snapshot: the length of a frame');
      return { kind: 'end', containers: countAt(view, 1), records: countAt(view, 9) };
    default:
      throw new FormatError('snapshot: a frame of an unknown kind');
  }
}

/** The rest of a frame, in a buffer of its own: what came with it need not be kept. */
function envelopeAfter(frame: Bytes, fixed: number): Bytes {
  if (frame.length < fixed + MIN_ENVELOPE_BYTES) throw new FormatError('snapshot: the length of a frame');
  return frame.slice(fixed);
}

function countAt(view: DataView, at: number): number {
  const count = Number(view.getBigUint64(at));
  if (count > Number.MAX_SAFE_INTEGER) throw new FormatError('snapshot: a number too large');
  return count;
}

function counterAt(view: DataView, at: number): number {
  const counter = countAt(view, at);
  if (counter === 0) throw new FormatError('snapshot: a number of 0');
  return counter;
}
