/** Bodies of requests: the generated shapes with bytes in place of their base64url. */
import { toBase64url, type Bytes } from './encodings.ts';
import type { Schemas } from './answers.ts';

/** A generated shape in which any free text may be given as bytes. */
type Outgoing<T> = T extends string
  ? string extends T ? string | Bytes : T
  : T extends readonly (infer Item)[] ? readonly Outgoing<Item>[]
    : T extends object ? { readonly [Name in keyof T]: Outgoing<T[Name]> }
      : T;

/** Requests by the name of their model. */
type RequestName = 'ChallengeRequest' | 'LoginRequest' | 'CreateVault' | 'Commit' | 'NewErasure' | 'StagedRecords' | 'ConfirmErasure' | 'AuditReport';
export type RequestBody<Name extends RequestName> = Outgoing<Required<Schemas[Name]>>;

/** The text to send. A request that is repeated sends the same text. */
export function bodyOf<Name extends RequestName>(_name: Name, body: RequestBody<Name>): string {
  return encodeBody(body);
}

export function encodeBody(body: Outgoing<object>): string {
  return JSON.stringify(body, (_, value: unknown) => (value instanceof Uint8Array ? toBase64url(value as Bytes) : value));
}
