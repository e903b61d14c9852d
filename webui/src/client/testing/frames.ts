/** Snapshots as other answers show the same things, in JSON, and as the bytes they are (PROTOCOL §7.1). */
import { concat, fromHex, u32, u64, type Bytes } from '../../core/bytes.ts';
import type { Schemas } from '../../wire/answers.ts';
import { fromBase64url } from '../../wire/encodings.ts';

export type Shown = { kind: string; [name: string]: unknown };

/** A snapshot: what is bytes goes out as it is. */
export class Frames {
  constructor(readonly frames: readonly (Shown | Bytes)[]) {}

  /** Those of an honest service. */
  get shown(): Shown[] {
    return this.frames as Shown[];
  }

  get bytes(): Bytes {
    return concat(...this.frames.map((frame) => (frame instanceof Uint8Array ? frame : bytesOf(frame))));
  }
}

/** Any frame at all. */
export function frame(kind: number, ...body: Bytes[]): Bytes {
  const all = concat(Uint8Array.of(kind), ...body);
  return concat(u32(all.length), all);
}

function bytesOf(shown: Shown): Bytes {
  switch (shown.kind) {
    case 'head':
      return frame(1, u64(Number(shown['seq'])), fromBase64url(String(shown['head'])));
    case 'container': {
      const { container_id: id, version, epoch, wrapped_key: key, header } = shown['container'] as Schemas['Container'];
      return frame(2, fromHex(id, 16), u64(version), u32(epoch), fromBase64url(key), fromBase64url(header));
    }
    case 'record': {
      const { record_id: id, version, envelope } = shown['record'] as Schemas['Record'];
      return frame(3, fromHex(id, 16), u64(version), fromBase64url(envelope));
    }
    case 'end':
      return frame(4, u64(Number(shown['containers'])), u64(Number(shown['records'])));
    default:
      throw new Error(`no frame is a ${shown.kind}`);
  }
}
