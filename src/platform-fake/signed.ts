import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { Webhook } from 'standardwebhooks';

/** Lets through only what is signed with one of the secrets, as docs/http-target.md tells it: by the library, as it is. */
export function signedWith(secrets: readonly string[]): MiddlewareHandler {
  const webhooks = secrets.map((secret) => new Webhook(secret));
  return async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const body = Buffer.from(await c.req.arrayBuffer());
    const payload = JSON.stringify({
      method: c.req.method,
      path: `${pathname}${search}`,
      fence: c.req.header('forbear-fence') ?? '',
      bodySha256: createHash('sha256').update(body).digest('hex'),
    });
    if (!webhooks.some((webhook) => isSigned(webhook, payload, c.req.header())))
      return c.json({ error: { code: 'unauthorized', message: 'The signature is missing or wrong.' } }, 401);
    await next();
    return undefined;
  };
}

function isSigned(webhook: Webhook, payload: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(payload, headers);
    return true;
  } catch {
    // However the library puts it: it is not signed.
    return false;
  }
}
