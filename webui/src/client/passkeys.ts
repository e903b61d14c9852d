/** WebAuthn with the PRF extension (W3C WebAuthn Level 3 §10.1.4): a secret that the authenticator keeps. */
import { randomBytes, type Bytes } from '../core/bytes.ts';
import { PasskeyError } from '../errors.ts';

export interface PasskeyAnswer {
  readonly credentialId: Bytes;
  /** What `create` was given as `userId`; null when the authenticator does not tell. */
  readonly userHandle: Bytes | null;
  /** The 32-byte PRF output. */
  readonly output: Bytes;
}

export interface Passkeys {
  available(): Promise<boolean>;
  create(userId: Bytes, name: string): Promise<Bytes>;
  /** `credentialIds`: the ones this device knows; none lets the writer pick. */
  get(prfInput: Bytes, credentialIds: readonly Bytes[]): Promise<PasskeyAnswer>;
}

const TIMEOUT_MS = 120_000;

export const browserPasskeys: Passkeys = {
  async available() {
    if (!('PublicKeyCredential' in globalThis) || !globalThis.isSecureContext) return false;
    // A passkey belongs to a domain name; an address in digits has none.
    return !/^[\d.]+$|:/.test(location.hostname);
  },

  async create(userId, name) {
    const credential = await ask(() => navigator.credentials.create({
      publicKey: {
        // No server checks the attestation: what counts is the PRF output, which opens the slot or does not.
        challenge: randomBytes(32),
        rp: { name: 'Inkvault' },
        user: { id: userId, name, displayName: name },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -8 }, { type: 'public-key', alg: -257 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        timeout: TIMEOUT_MS,
        extensions: { prf: {} },
      },
    }));
    if (credential.getClientExtensionResults().prf?.enabled !== true) {
      throw new PasskeyError('This passkey cannot open a vault, because it has no PRF. Use another authenticator.');
    }
    return new Uint8Array(credential.rawId);
  },

  async get(prfInput, credentialIds) {
    const credential = await ask(() => navigator.credentials.get({
      publicKey: {
        challenge: randomBytes(32),
        allowCredentials: credentialIds.map((id) => ({ type: 'public-key', id })),
        userVerification: 'required',
        timeout: TIMEOUT_MS,
        extensions: { prf: { eval: { first: prfInput } } },
      },
    }));
    const output = credential.getClientExtensionResults().prf?.results?.first;
    if (output === undefined) throw new PasskeyError('This passkey gave no secret. Use another one, or the passphrase.');
    const { userHandle } = credential.response as AuthenticatorAssertionResponse;
    return {
      credentialId: new Uint8Array(credential.rawId),
      userHandle: userHandle === null ? null : new Uint8Array(userHandle),
      output: bytesOf(output),
    };
  },
};

async function ask(request: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await request();
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (error) {
    console.info('passkey:', error instanceof Error ? error.name : 'refused');
  }
  throw new PasskeyError('The passkey was not used. Try again, or take the passphrase.');
}

function bytesOf(source: BufferSource): Bytes {
  return source instanceof ArrayBuffer
    ? new Uint8Array(source)
    : new Uint8Array(source.buffer.slice(source.byteOffset, source.byteOffset + source.byteLength) as ArrayBuffer);
}
