import { serve } from '@hono/node-server';
import { mailApp } from './mail-http.js';
import { startSmtp } from './mail-smtp.js';
import { openMailStore } from './mail-store.js';

export type MailCatcherOptions = {
  readonly host: string;
  readonly smtpPort: number;
  readonly httpPort: number;
  /** Where the mails are kept. */
  readonly file: string;
};

export type MailCatcher = { readonly smtp: string; readonly messages: string; close(): void };

/** Takes every mail by SMTP, delivers none, and shows them over HTTP. */
export async function startMailCatcher({
  host,
  smtpPort,
  httpPort,
  file,
}: MailCatcherOptions): Promise<MailCatcher> {
  const store = openMailStore(file);
  const smtp = await startSmtp(store, host, smtpPort);
  return new Promise((resolve) => {
    const http = serve({ fetch: mailApp(store).fetch, hostname: host, port: httpPort }, ({ port }) => {
      resolve({
        smtp: `smtp://${host}:${smtp.port}`,
        messages: `http://${host}:${port}/messages`,
        close: () => {
          smtp.close();
          http.close();
        },
      });
    });
  });
}
