/** Digests of sets: a sum that a change updates in one step (FORMAT §6; Clarke et al., ASIACRYPT 2003). */
import { FormatError } from '../errors.ts';

const HEX = /^[0-9a-f]{64}$/;

/** Elements are those of `Keyring.element`. */
export class SetDigest {
  static readonly empty = new SetDigest(0n);

  private constructor(readonly value: bigint) {}

  add(element: bigint): SetDigest {
    return new SetDigest(BigInt.asUintN(256, this.value + element));
  }

  remove(element: bigint): SetDigest {
    return new SetDigest(BigInt.asUintN(256, this.value - element));
  }

  equals(other: { readonly value: bigint }): boolean {
    return this.value === other.value;
  }

  /** 64 lower-case hexadecimal digits. */
  hex(): string {
    return this.value.toString(16).padStart(64, '0');
  }

  static fromHex(text: string): SetDigest {
    if (!HEX.test(text)) throw new FormatError('digest');
    return new SetDigest(BigInt(`0x${text}`));
  }
}
