import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { CodecKey, CodecKeys } from './keys.js';

/** A payload can't be opened. The message names the key's id, and nothing of what is in it. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** What Temporal's own tools take for encrypted, and do not try to show. */
const encoding = 'binary/encrypted';
const keyIdField = 'encryption-key-id';

const nonceBytes = 12;
const tagBytes = 16;
const lengthBytes = 4;

/**
 * Encrypts payloads with AES-256-GCM and the first of the keys, and decrypts them with the one they name. What is not
 * encrypted passes through `decode` as it is, so that cases go on which began before there was a key. Throws `CodecError`
 * for a key that isn't there, and for what was changed.
 */
export function createPayloadCodec(keys: CodecKeys): PayloadCodec {
  const [newest] = keys;
  const byId = new Map(keys.map((key) => [key.id, key]));
  const open = (payload: Payload): Payload => {
    if (textOf(payload.metadata?.['encoding']) !== encoding) return payload;
    const id = textOf(payload.metadata?.[keyIdField]);
    const key = byId.get(id);
    if (key === undefined)
      throw new CodecError(`the codec key "${shown(id)}" is not there: add it to FORBEAR_CODEC_KEYS`);
    return unsealed(key, payload.data ?? new Uint8Array());
  };
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- What throws has to reject.
    encode: async (payloads) => payloads.map((payload) => sealed(newest, payload)),
    // eslint-disable-next-line @typescript-eslint/require-await
    decode: async (payloads) => payloads.map(open),
  };
}

/** Nonce, what was encrypted, and the tag over it and the key's id. */
function sealed({ id, secret }: CodecKey, payload: Payload): Payload {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(id));
  const parts = [cipher.update(packed(payload)), cipher.final()];
  return {
    metadata: { encoding: Buffer.from(encoding), [keyIdField]: Buffer.from(id) },
    data: Buffer.concat([nonce, ...parts, cipher.getAuthTag()]),
  };
}

function unsealed({ id, secret }: CodecKey, data: Uint8Array): Payload {
  try {
    const nonce = data.subarray(0, nonceBytes);
    const body = data.subarray(nonceBytes, data.length - tagBytes);
    const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(id))
      .setAuthTag(data.subarray(data.length - tagBytes));
    return unpacked(Buffer.concat([decipher.update(body), decipher.final()]));
  } catch {
    throw new CodecError(`the codec key "${id}" does not open this payload: it was changed, or the key was`);
  }
}

/** The length of the metadata, the metadata as JSON, and the data. */
function packed({ metadata, data }: Payload): Buffer {
  const fields = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(fields)));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, data ?? new Uint8Array()]);
}

function unpacked(bytes: Buffer): Payload {
  const end = lengthBytes + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.toString('utf8', lengthBytes, end)) as Readonly<Record<string, string>>;
  const fields = Object.entries(head).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
  return { metadata: Object.fromEntries(fields) as Payload['metadata'] & object, data: bytes.subarray(end) };
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const textOf = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('utf8');
/** An id that comes from outside, fit for a message. */
const shown = (id: string) => id.replaceAll(/[^\w.-]/g, '?').slice(0, 32);
