import { z } from 'zod';
import { readKeys } from './codec/keys.js';
import { httpUrl } from './config-parts.js';

/** What stands between us and Temporal's database. The first key encodes, each of them decodes. */
export const codecShape = z.object({
  FORBEAR_CODEC_KEYS: z
    .string()
    .transform((text, context) => {
      const { keys, mistakes } = readKeys(text);
      if (keys !== null) return keys;
      context.addIssue({ code: 'custom', message: mistakes.join('; ') });
      return z.NEVER;
    })
    .optional(),
});

/** From where the Web UI may ask the api to decode what it shows. */
export const codecUiShape = z.object({
  FORBEAR_CODEC_UI_ORIGIN: httpUrl
    .refine(
      (url) => URL.canParse(url) && new URL(url).origin === url.replace(/\/$/, ''),
      'must be an origin such as https://temporal.example.com, without a path',
    )
    .transform((url) => url.replace(/\/$/, ''))
    .optional(),
});

/** An endpoint that decodes nothing would look like one that does. */
export function needsCodecKeys<Shape extends z.ZodObject>(shape: Shape): Shape {
  return shape.refine(
    (given) => given['FORBEAR_CODEC_KEYS'] !== undefined || given['FORBEAR_CODEC_UI_ORIGIN'] === undefined,
    {
      path: ['FORBEAR_CODEC_KEYS'],
      error:
        'is missing: with FORBEAR_CODEC_UI_ORIGIN the api decodes for the Web UI; set both, or only the keys',
      when: () => true,
    },
  );
}
