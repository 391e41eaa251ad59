import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import PostalMime from 'postal-mime';

export type CaughtMail = {
  readonly id: string;
  readonly messageId: string;
  /** Who really got it (the envelope's recipients), whatever the header says. */
  readonly to: readonly string[];
  readonly from: string;
  readonly subject: string;
  /** ISO 8601, when it was caught. */
  readonly date: string;
  readonly text: string;
  readonly html: string;
  /** By lower-case name; of a repeated header the last one. */
  readonly headers: Readonly<Record<string, string>>;
};

export type MailStore = {
  add(raw: Buffer, envelope: { from: string; to: readonly string[] }): Promise<CaughtMail>;
  all(): readonly CaughtMail[];
  read(id: string): CaughtMail | null;
  clear(): void;
};

/** Mails as lines of JSON in one file, so that they outlive the catcher. */
export function openMailStore(file: string): MailStore {
  let mails = existsSync(file) ? readFileSync(file, 'utf8').split('\n').flatMap(mailIn) : [];
  // A kill in mid-write leaves half a line, to which the next mail must not be appended.
  writeFileSync(file, mails.map((mail) => `${JSON.stringify(mail)}\n`).join(''), { mode: 0o600 });
  return {
    async add(raw, envelope) {
      const parsed = await PostalMime.parse(raw);
      const mail: CaughtMail = {
        id: String(mails.reduce((highest, { id }) => Math.max(highest, Number(id)), 0) + 1),
        messageId: parsed.messageId ?? '',
        to: envelope.to,
        from: parsed.from?.address ?? envelope.from,
        subject: parsed.subject ?? '',
        date: new Date().toISOString(),
        text: parsed.text ?? '',
        html: parsed.html ?? '',
        headers: Object.fromEntries(parsed.headers.map(({ key, value }) => [key.toLowerCase(), value])),
      };
      // On disk before the sender is told that it was taken.
      appendFileSync(file, `${JSON.stringify(mail)}\n`, { mode: 0o600 });
      mails.push(mail);
      return mail;
    },
    all: () => mails,
    read: (id) => mails.find((mail) => mail.id === id) ?? null,
    clear() {
      mails = [];
      writeFileSync(file, '', { mode: 0o600 });
    },
  };
}

/** Half a line's sender was never told that it was taken, and sends again. */
function mailIn(line: string): CaughtMail[] {
  try {
    return [JSON.parse(line) as CaughtMail];
  } catch {
    return [];
  }
}
