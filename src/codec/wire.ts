import type { Payload, PayloadCodec } from '@temporalio/common';
import { UnreadablePayload, type CodecDeps, type Recode, type WirePayload } from '../http/routes/codec.js';
import type { CodecKeys } from './keys.js';
import { CodecError, createPayloadCodec } from './payload-codec.js';

/** The codec for Temporal's own tools, which send payloads as JSON. */
export function codecFor(keys: CodecKeys, origin: string): CodecDeps {
  const codec = createPayloadCodec(keys);
  return { encode: recodeBy(codec.encode), decode: recodeBy(codec.decode), origin };
}

const recodeBy =
  (recode: PayloadCodec['decode']): Recode =>
  async (payloads) => {
    const recoded = await recode(payloads.map(fromWire)).catch((error: unknown) => {
      throw error instanceof CodecError ? new UnreadablePayload(error.message) : error;
    });
    return recoded.map(toWire);
  };

function fromWire({ metadata, data }: WirePayload): Payload {
  const fields = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
  return {
    metadata: Object.fromEntries(fields) as Payload['metadata'] & object,
    data: Buffer.from(data, 'base64'),
  };
}

function toWire({ metadata, data }: Payload): WirePayload {
  const fields = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]);
  return {
    metadata: Object.fromEntries(fields) as WirePayload['metadata'],
    data: base64(data ?? new Uint8Array()),
  };
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
