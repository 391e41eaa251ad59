import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { listPage, mailPage } from './mail-pages.js';
import type { MailStore } from './mail-store.js';

/** Shows what was caught: to people as pages, to programs as JSON under `/messages`. */
export function mailApp(store: MailStore): Hono {
  const app = new Hono();
  const nothing = ["'none'"];
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: nothing,
        styleSrc: ["'unsafe-inline'"],
        imgSrc: ['data:'],
        frameSrc: ["'self'"],
        formAction: nothing,
      },
    }),
  );
  app.get('/', (c) => c.html(listPage(store.all())));
  app.get('/messages', (c) => c.json(store.all()));
  app.delete('/messages', (c) => {
    store.clear();
    return c.body(null, 204);
  });
  app.get('/messages/:id', (c) => {
    const mail = store.read(c.req.param('id'));
    return mail === null ? c.text('There is no such mail.', 404) : c.html(mailPage(mail));
  });
  return app;
}
