/** Signed checkpoints of the log, and the key they are checked with (ERASURE.md §2.3; C2SP tlog-checkpoint). */
import { concat, equal, toHex, utf8, type Bytes } from '../core/bytes.ts';
import { sha256 } from '../core/kdf.ts';
import { FormatError, IntegrityError } from '../errors.ts';
import { fromBase64url, toBase64url } from '../wire/encodings.ts';

const ID_BYTES = 4;
/** Ed25519 in C2SP signed-note. */
const ALGORITHM = Uint8Array.of(1);
const ORIGIN = /^inkvault\/[0-9a-f]{32}$/;
const NOTE = new RegExp(
  '^(?<body>(?<origin>inkvault/[0-9a-f]{32})\\n(?<size>0|[1-9][0-9]{0,15})\\n(?<root>[0-9A-Za-z+/]{43}=)\\n)'
  + '\\n\u2014 \\k<origin> (?<signed>[0-9A-Za-z+/]{91}=)\\n$', 'u',
);
const KEY = /^(?<origin>inkvault\/[0-9a-f]{32})\+(?<id>[0-9a-f]{8})\+(?<key>[0-9A-Za-z+\/]{44})$/;

/** A state of a log: `root` is the hash of the tree over its first `size` leaves. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

/** The public key of whoever keeps a log, together with the log's name. */
export class VerifierKey {
  private constructor(
    readonly origin: string,
    readonly key: Bytes,
    private readonly id: Bytes,
  ) {}

  static async of(origin: string, key: Bytes): Promise<VerifierKey> {
    const hash = await sha256(utf8(`${origin}\n`), ALGORITHM, key);
    return new VerifierKey(origin, key, hash.slice(0, ID_BYTES));
  }

  /** Refuses every spelling but that of `text`. */
  static async parse(text: string): Promise<VerifierKey> {
    const { origin, key } = KEY.exec(text)?.groups ?? {};
    if (origin === undefined || key === undefined) throw new FormatError('verifier key');
    const parsed = await VerifierKey.of(origin, fromBase64(key).slice(1));
    if (parsed.text !== text) throw new FormatError('verifier key');
    return parsed;
  }

  get text(): string {
    return `${this.origin}+${toHex(this.id)}+${toBase64(concat(ALGORITHM, this.key))}`;
  }

  /** The checkpoint in a signed note. */
  async open(note: string): Promise<Checkpoint> {
    const { body, origin, size, root, signed } = NOTE.exec(note)?.groups ?? {};
    if (body === undefined || origin === undefined || root === undefined || signed === undefined) throw new FormatError('checkpoint');
    const checkpoint = { origin, size: Number(size), root: fromBase64(root) };
    const signature = fromBase64(signed);
    if (!Number.isSafeInteger(checkpoint.size)) throw new FormatError('size of a checkpoint');
    if (origin !== this.origin || !equal(signature.slice(0, ID_BYTES), this.id)) throw new IntegrityError('checkpoint of another log or key');
    if (!await isSigned(this.key, signature.slice(ID_BYTES), utf8(body))) throw new IntegrityError('signature of a checkpoint');
    return checkpoint;
  }
}

/** The name of the log that a note says it is of, unproven. */
export function originOf(note: string): string {
  const [origin = ''] = note.split('\n', 1);
  if (!ORIGIN.test(origin)) throw new FormatError('origin of a checkpoint');
  return origin;
}

/** Whether an Ed25519 signature holds. Bytes that are no key have signed nothing. */
export async function isSigned(key: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', imported, signature, message);
  } catch {
    return false;
  }
}

function toBase64(data: Bytes): string {
  const text = toBase64url(data).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Undoes `toBase64`; refuses stray bits too. */
function fromBase64(text: string): Bytes {
  return fromBase64url(text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''));
}
