import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

type Step = 'connect' | 'from' | 'recipient' | 'data';

/** A real SMTP server on a port of its own, which refuses where a test wants it to. */
export async function startMailServer() {
  const received: { to: string[]; raw: string }[] = [];
  const refusals: { step: Step; code: number; address?: string }[] = [];
  const check = (step: Step, address?: string): Error | null => {
    const refusal = refusals.find(
      (r) => r.step === step && (r.address === undefined || r.address === address),
    );
    return refusal === undefined ? null : Object.assign(new Error('no'), { responseCode: refusal.code });
  };
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onConnect: (_session, done) => done(check('connect')),
    onMailFrom: (_address, _session, done) => done(check('from')),
    onRcptTo: ({ address }, _session, done) => done(check('recipient', address)),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const error = check('data');
        const to = session.envelope.rcptTo.map(({ address }) => address);
        if (error === null) received.push({ to, raw: Buffer.concat(chunks).toString('utf8') });
        done(error);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    received,
    refuse: (step: Step, code: number, address?: string) =>
      void refusals.push({ step, code, ...(address === undefined ? {} : { address }) }),
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

export type MailServer = Awaited<ReturnType<typeof startMailServer>>;
