/** The notice that all of these are about, and whom it went to. */
export const noticeId =
  '<5b1f0c9e-0d0a-4c57-9f5e-2f6a4f7f1a01.0c6c9a52-7a0e-4f6e-8f43-3f0a9d1f6b02.remind.1@billing.example.com>';
export const ada = 'ada@example.com';
export const bob = 'bob@example.com';

const returned = (extra = '') => `${extra}Received: from forbear (localhost [127.0.0.1]) by relay.example.com
From: billing@billing.example.com
To: ${ada}
Subject: 49.00 USD overdue: services pause on 12 Nov 2026
Message-ID: ${noticeId}
Auto-Submitted: auto-generated
`;

type Report = {
  readonly head: string;
  readonly words?: string;
  readonly status?: string;
  readonly statusType?: string;
  readonly statusEncoding?: string;
  readonly back?: readonly [type: string, content: string] | null;
};

/** A report of RFC 3464 from its parts, as most servers put it together. */
export function report({
  head,
  words = 'Your mail could not be delivered.',
  status,
  statusType = 'message/delivery-status',
  statusEncoding = '',
  back = ['message/rfc822', `${returned()}\nWe will pause your services.\n`],
}: Report): string {
  const parts = [
    `Content-Type: text/plain; charset=us-ascii\n\n${words}\n`,
    ...(status === undefined ? [] : [`Content-Type: ${statusType}\n${statusEncoding}\n${status}\n`]),
    ...(back === null ? [] : [`Content-Type: ${back[0]}\n\n${back[1]}`]),
  ];
  return `${head}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="=_b0undary"

${parts.map((part) => `--=_b0undary\n${part}`).join('\n')}
--=_b0undary--
`;
}

const from = (server: string, subject: string, more = '') => `Return-Path: <>
From: ${server}
To: billing@billing.example.com
Subject: ${subject}
${more}`;

export type Sample = {
  readonly text: string;
  readonly failed: readonly { readonly names: readonly string[]; readonly status: string }[];
};

const failed = (status: string, ...names: readonly string[]) => [{ names, status }];

/** Bounces as servers of different make write them; each is about `noticeId`. */
export const bounceSamples: Readonly<Record<string, Sample>> = {
  'Postfix, with the whole mail': {
    failed: failed('5.1.1', ada),
    text: report({
      head: from(
        'MAILER-DAEMON@mx.example.com (Mail Delivery System)',
        'Undelivered Mail Returned to Sender',
        'Auto-Submitted: auto-replied\n',
      ),
      words: `This is the mail system at host mx.example.com.\n\n<${ada}>: host mail.example.com said: 550 5.1.1 User unknown`,
      status: `Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4F1C2A0B
X-Postfix-Sender: rfc822; billing@billing.example.com
Arrival-Date: Mon,  2 Nov 2026 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; ${ada}
Original-Recipient: rfc822;${ada}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; 550 5.1.1 <${ada}>: Recipient address rejected:
    User unknown
`,
    }),
  },
  'Postfix, with the headers only': {
    failed: failed('5.4.4', ada),
    text: report({
      head: from('MAILER-DAEMON@mx.example.com', 'Undelivered Mail Returned to Sender'),
      status: `Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; ${ada}
Action: failed
Status: 5.4.4
Diagnostic-Code: X-Postfix; Host or domain name not found
`,
      back: ['text/rfc822-headers', returned()],
    }),
  },
  'Postfix, gave up after five days': {
    failed: failed('4.4.1', ada),
    text: report({
      head: from('MAILER-DAEMON@mx.example.com', 'Undelivered Mail Returned to Sender'),
      status: `Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; ${ada}
Action: failed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mail.example.com[192.0.2.7]:25: Connection timed out
`,
    }),
  },
  'Exim, with a report': {
    failed: failed('5.0.0', ada),
    text: report({
      head: from(
        'Mail Delivery System <Mailer-Daemon@exim.example.com>',
        'Mail delivery failed: returning message to sender',
        `X-Failed-Recipients: ${ada}\nAuto-Submitted: auto-replied\n`,
      ),
      status: `Reporting-MTA: dns; exim.example.com

Action: failed
Final-Recipient: rfc822;${ada}
Status: 5.0.0
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; 550 No such user here
`,
    }),
  },
  'Exim, old, in words': {
    failed: failed('5.1.1', ada),
    text: `${from('Mail Delivery System <Mailer-Daemon@exim.example.com>', 'Mail delivery failed: returning message to sender', `X-Failed-Recipients: ${ada}\n`)}
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ${ada}
    SMTP error from remote mail server after RCPT TO:<${ada}>:
    host mail.example.com [192.0.2.7]: 550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

${returned('Return-path: <billing@billing.example.com>\n')}
We will pause your services.
`,
  },
  'Exchange Online': {
    failed: failed('5.1.10', ada),
    text: report({
      head: from(
        'postmaster@tenant.example.com',
        'Undeliverable: 49.00 USD overdue',
        `In-Reply-To: ${noticeId}\nX-MS-Exchange-Message-Is-Ndr:\n`,
      ),
      status: `Reporting-MTA: dns;AB1PR01MB0001.prod.example.com
Received-From-MTA: dns;relay.example.com
Arrival-Date: Mon, 2 Nov 2026 09:00:01 +0000

Final-Recipient: rfc822;${ada}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
`,
    }),
  },
  'Exchange, which names its thread only': {
    failed: failed('5.7.1', ada),
    text: report({
      head: from('postmaster@exchange.example.com', 'Undeliverable', `References: ${noticeId}\n`),
      status: `Reporting-MTA: dns;exchange.example.com

Original-Recipient: rfc822;${ada}
Final-Recipient: rfc822;${ada}
Action: Failed
Status: 5.7.1
`,
      back: null,
    }),
  },
  Gmail: {
    failed: failed('5.1.1', ada),
    text: report({
      head: from(
        'Mail Delivery Subsystem <mailer-daemon@mail.example.com>',
        'Delivery Status Notification (Failure)',
        `Auto-Submitted: auto-replied\nX-Failed-Recipients: ${ada}\nIn-Reply-To: ${noticeId}\n`,
      ),
      status: `Reporting-MTA: dns; mail.example.com
X-Original-Message-ID: ${noticeId}
Arrival-Date: Mon, 02 Nov 2026 01:00:01 -0800 (PST)

Final-Recipient: rfc822; ${ada}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or
 550 5.1.1 unnecessary spaces.
Last-Attempt-Date: Mon, 02 Nov 2026 01:00:02 -0800 (PST)
`,
    }),
  },
  'SES, which gives mails an id of its own': {
    failed: failed('5.3.0', ada),
    text: report({
      head: from('MAILER-DAEMON@ses.example.com', 'Delivery Status Notification (Failure)'),
      status: `Reporting-MTA: dsn; a8-70.smtp-out.ses.example.com

Action: failed
Final-Recipient: rfc822; ${ada}
Diagnostic-Code: smtp; 550 5.1.1 user unknown
Status: 5.3.0
`,
      back: [
        'message/rfc822',
        `From: billing@billing.example.com
Message-ID: <0100019a-aaaa-bbbb-cccc-000000@ses.example.com>
X-Forbear-Notice: ${noticeId.slice(0, 40)}
 ${noticeId.slice(40)}
Subject: 49.00 USD overdue

We will pause your services.
`,
      ],
    }),
  },
  'Sendmail, two recipients of whom one failed': {
    failed: failed('5.1.1', bob),
    text: report({
      head: from(
        'Mail Delivery Subsystem <MAILER-DAEMON@sendmail.example.com>',
        'Returned mail: see transcript for details',
      ),
      status: `Reporting-MTA: dns; sendmail.example.com
Received-From-MTA: DNS; localhost

Final-Recipient: RFC822; ${ada}
Action: relayed (to non-DSN-aware mailer)
Status: 2.1.9

Final-Recipient: RFC822; ${bob}
X-Actual-Recipient: RFC822; ${bob}
Action: failed
Status: 5.1.1
Diagnostic-Code: SMTP; 550 5.1.1 <${bob}>... User unknown
`,
    }),
  },
  'qmail, which writes no reports': {
    failed: failed('5.1.1', ada),
    text: `${from('MAILER-DAEMON@qmail.example.com', 'failure notice')}
Hi. This is the qmail-send program at qmail.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<${ada}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

${returned()}
We will pause your services.
`,
  },
  'a report in base64, with lines ended as in SMTP': {
    failed: failed('5.2.2', ada),
    text: report({
      head: from('postmaster@gateway.example.com', 'Delivery failure'),
      statusEncoding: 'Content-Transfer-Encoding: base64\n',
      status: Buffer.from(
        `Reporting-MTA: dns; gateway.example.com\r\n\r\nFinal-Recipient: rfc822;<${ada}>\r\nAction: failed\r\nStatus: 5.2.2 (mailbox full)\r\n`,
      ).toString('base64'),
    }).replaceAll('\n', '\r\n'),
  },
  'an address behind an alias, with the escapes of RFC 3461': {
    failed: failed('5.1.1', 'ada+2Bpay@example.com', 'ada+pay@example.com', 'old@inner.example.com'),
    text: report({
      head: from('MAILER-DAEMON@mx.example.com', 'Undelivered Mail Returned to Sender'),
      status: `Reporting-MTA: dns; mx.example.com

Original-Recipient: rfc822;ada+2Bpay@example.com
Final-Recipient: rfc822; old@inner.example.com
Action: failed
Status: 5.1.1
`,
    }),
  },
  'no action, and no more than the digits of SMTP': {
    failed: failed('5.0.0', ada),
    text: report({
      head: from('postmaster@appliance.example.com', 'Mail failure'),
      status: `Reporting-MTA: dns; appliance.example.com

Final-Recipient: rfc822; ${ada}
Diagnostic-Code: smtp; 554 delivery error: mailbox disabled
`,
    }),
  },
  'an internationalised report (RFC 6533)': {
    failed: failed('5.1.1', ada),
    text: report({
      head: from('postmaster@eai.example.com', 'Undelivered'),
      statusType: 'message/global-delivery-status',
      status: `Reporting-MTA: dns; eai.example.com

Final-Recipient: utf-8; ${ada}
Action: failed
Status: 5.1.1
`,
      back: ['message/global-headers', returned()],
    }),
  },
};

/** What else comes into such an inbox, and why it is no bounce. */
export const otherSamples: Readonly<Record<string, readonly [text: string, why: RegExp]>> = {
  'a mail that is late': [
    report({
      head: from(
        'MAILER-DAEMON@mx.example.com',
        'Delayed Mail (still being retried)',
        `X-Failed-Recipients: ${ada}\n`,
      ),
      status: `Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; ${ada}
Action: delayed
Status: 4.4.1
Will-Retry-Until: Sat,  7 Nov 2026 09:00:00 +0000 (UTC)
`,
    }),
    /delayed/,
  ],
  'a mail that arrived': [
    report({
      head: from('MAILER-DAEMON@mx.example.com', 'Successful Mail Delivery Report'),
      status: `Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; ${ada}\nAction: delivered\nStatus: 2.0.0\n`,
    }),
    /delivered/,
  ],
  'a report that contradicts itself': [
    report({
      head: from('MAILER-DAEMON@mx.example.com', 'Report'),
      status: `Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; ${ada}\nAction: failed\nStatus: 2.0.0\n`,
    }),
    /failed/,
  ],
  'somebody who is out of office': [
    `From: ${ada}
To: billing@billing.example.com
Subject: Out of office: Re: 49.00 USD overdue
In-Reply-To: ${noticeId}
Auto-Submitted: auto-replied

I am back on Monday. 550 5.1.1 is my favourite number.
`,
    /automatic answer/,
  ],
  'a receipt': [
    `From: ${ada}
Subject: Read: 49.00 USD overdue
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="r"

--r
Content-Type: text/plain

Read.
--r
Content-Type: message/disposition-notification

Final-Recipient: rfc822; ${ada}
Original-Message-ID: ${noticeId}
Disposition: manual-action/MDN-sent-manually; displayed

--r--
`,
    /receipt/,
  ],
  'a person who answers': [
    `From: ${ada}
Subject: Re: 49.00 USD overdue
In-Reply-To: ${noticeId}

We have paid. Your mail said: Message-ID: ${noticeId}
`,
    /no report/,
  ],
  'a bounce that was forwarded': [
    `From: ${ada}
Subject: Fwd: Undelivered
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="f"

--f
Content-Type: message/rfc822

${report({
  head: from('MAILER-DAEMON@mx.example.com', 'Undelivered'),
  status: `Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; ${ada}\nAction: failed\nStatus: 5.1.1\n`,
}).replaceAll('b0undary', 'inner')}
--f--
`,
    /no report/,
  ],
  'a bounce that names no mail': [
    report({
      head: from('MAILER-DAEMON@mx.example.com', 'Undelivered'),
      status: `Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; ${ada}\nAction: failed\nStatus: 5.1.1\n`,
      back: null,
    }),
    /name the mail/,
  ],
};
