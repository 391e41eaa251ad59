import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { z } from 'zod';
import { bearerIn, type Gate, type LimitHeaders } from '../keys.js';
import { signedInPage, signInPage } from '../pages/codec.js';
import { pageHeaders, type Markup } from '../pages/layout.js';
import { problem } from '../problems.js';

/** A payload as Temporal's tools send it: everything that is bytes is base64. */
export type WirePayload = {
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: string;
};
export type Recode = (payloads: readonly WirePayload[]) => Promise<readonly WirePayload[]>;

export type CodecDeps = {
  readonly encode: Recode;
  /** Rejects with an `UnreadablePayload` for what none of our keys opens. */
  readonly decode: Recode;
  /** The Web UI's; no other page of a browser may ask. */
  readonly origin: string;
};

/** What a payload needs is not here, or it was changed. The message is for whoever asked. */
export class UnreadablePayload extends Error {
  override readonly name = 'UnreadablePayload';
}

type CodecRouteDeps = CodecDeps & { readonly gate: Gate };

// Temporal takes no payload over 2 MB, and its Web UI sends a page of history at a time; base64 makes a third more of it.
const largestBody = 8 * 1024 * 1024;
const mostPayloads = 1_000;

const base64 = z.base64();
const bodyShape = z.object({
  payloads: z
    .array(
      z.object({ metadata: z.record(z.string().max(100), base64).default({}), data: base64.default('') }),
    )
    .max(mostPayloads),
});

const cookie = 'forbear_codec_key';
const signedInS = 12 * 60 * 60;

/**
 * `POST /codec/decode` and `/codec/encode`: Temporal's protocol for its Web UI and command line. 200 with the payloads in
 * their order; needs a key with the scope `codec`, from the cookie that `GET /codec` sets where the Web UI's page asks, else
 * from the header. 400 for what can't be opened, 413 for too much.
 */
export function codecRoutes({ gate, encode, decode, origin }: CodecRouteDeps): Hono {
  const app = new Hono();
  // The cookie first: a Web UI that passes its own user's token on has that in the header, and it is no key of ours.
  const keyIn = (c: Context) =>
    (c.req.header('origin') === origin ? getCookie(c, cookie) : undefined) ?? bearerIn(c);
  app.use(
    cors({
      origin,
      credentials: true,
      allowMethods: ['POST'],
      allowHeaders: ['authorization', 'authorization-extras', 'content-type', 'x-namespace'],
      maxAge: 600,
    }),
  );
  const limit = bodyLimit({
    maxSize: largestBody,
    onError: () => problem('too-large', `more than ${largestBody} bytes: ask for fewer payloads at a time`),
  });
  app.post(
    '/decode',
    limit,
    gate('codec', (c, limits) => answer(c, decode, limits), keyIn),
  );
  app.post(
    '/encode',
    limit,
    gate('codec', (c, limits) => answer(c, encode, limits), keyIn),
  );

  const show = (c: Context, content: Markup, status: 200 | 401 | 403) => c.html(content, status, pageHeaders);
  app.get('/', (c) => show(c, signInPage(origin, null), 200));
  app.post('/', limit, async (c) => {
    const { key } = await c.req.parseBody();
    const given = typeof key === 'string' ? key.trim() : '';
    const isLetIn = gate(
      'codec',
      () => new Response(null),
      () => given,
    );
    const tried = await isLetIn(c);
    if (!tried.ok) return show(c, signInPage(origin, 'This key opens nothing here.'), 401);
    // Lax: a page of another site can't have it sent, and the Web UI on a host of the same site can.
    const secure = isSecure(c);
    setCookie(c, cookie, given, {
      path: '/codec',
      httpOnly: true,
      secure,
      sameSite: 'Lax',
      maxAge: signedInS,
    });
    return show(c, signedInPage(origin), 200);
  });
  return app;
}

async function answer(c: Context, recode: Recode, limits: LimitHeaders): Promise<Response> {
  const body: unknown = await c.req.json().catch(() => null);
  const read = bodyShape.safeParse(body);
  if (!read.success)
    return problem(
      'bad-request',
      `send {"payloads": […]} with at most ${mostPayloads} payloads, all bytes in base64`,
      limits,
    );
  try {
    const payloads = await recode(read.data.payloads);
    return c.json({ payloads }, 200, { ...limits, 'Cache-Control': 'no-store' });
  } catch (error) {
    if (error instanceof UnreadablePayload) return problem('unreadable-payload', error.message, limits);
    throw error;
  }
}

/** By what a proxy says, or by how we were asked. */
const isSecure = (c: Context) =>
  (c.req.header('x-forwarded-proto') ?? new URL(c.req.url).protocol).startsWith('https');
