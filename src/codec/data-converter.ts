import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { CodecKeys } from './keys.js';
import { createPayloadCodec } from './payload-codec.js';

const failureConverterPath = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** What clients and workers convert by: everything is encrypted, failures' messages and stacks too. Without keys Temporal's own way. */
export function dataConverterOf(keys: CodecKeys | null): { readonly dataConverter?: DataConverter } {
  if (keys === null) return {};
  return { dataConverter: { payloadCodecs: [createPayloadCodec(keys)], failureConverterPath } };
}
