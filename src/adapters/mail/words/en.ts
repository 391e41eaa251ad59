/** The English words: their keys are what every language has to have, their placeholders what a word may name. */
export const en = {
  locale: 'en-US',
  date: '{{weekday}}, {{day}} {{month}} {{year}}, {{time}} UTC',
  day: '{{day}} {{monthShort}} {{year}}',

  greeting: 'Hello {{name}},',
  'greeting.nameless': 'Hello,',
  nameless: 'your account',
  amount: '{{sums}}',
  'amount.unknown': 'Payment',
  debt: '{{sums}}',
  'debt.unknown': 'a payment',
  payment: 'your payment of {{sums}}',
  'payment.unknown': 'your payment',

  invoice: 'Invoice {{number}}',
  total: 'Total overdue',
  'total.confirm': 'Total to confirm',
  pay: 'Pay now',
  confirm: 'Confirm the payment',
  export: 'Export your data',
  contact: 'Questions, or a payment that we missed? Please write to {{contact}}.',
  'contact.paid': 'Questions? Please write to {{contact}}.',

  overdue: '{{debt}} is overdue for {{name}}.',
  'overdue.due': '{{debt}} is overdue for {{name}}: the date by which it was due has passed.',
  'overdue.declined':
    '{{debt}} is overdue for {{name}}: we tried to collect it, and the payment did not go through.',
  'overdue.expired_card': '{{debt}} is overdue for {{name}}: the card that we tried to charge has expired.',
  'overdue.dead_mandate':
    '{{debt}} is overdue for {{name}}: your bank did not let us debit the account, as there is no valid mandate for it.',
  'overdue.unconfirmed':
    '{{debt}} is overdue for {{name}}: the payment was never confirmed with the bank (3-D Secure).',
  pleasePay: { one: 'Please pay the invoice below.', other: 'Please pay the invoices below.' },
  paidAlready: 'If you have paid in the meantime, you need not do anything.',

  'next.limit': {
    one: 'We will set your account to read-only on {{date}} unless the invoice is paid.',
    other: 'We will set your account to read-only on {{date}} unless the invoices are paid.',
  },
  'next.pause': {
    one: 'We will pause your services on {{date}} unless the invoice is paid.',
    other: 'We will pause your services on {{date}} unless the invoices are paid.',
  },
  'next.decommission': {
    one: 'After {{date}} we will delete your services and their data for good unless the invoice is paid.',
    other:
      'After {{date}} we will delete your services and their data for good unless the invoices are paid.',
  },
  later: {
    one: 'If the invoice stays unpaid, this follows:',
    other: 'If the invoices stay unpaid, this follows:',
  },
  'later.limit': 'Your account becomes read-only.',
  'later.pause': 'Your services are paused.',
  'later.decommission': 'From then on your services and their data can be deleted for good.',
  'meaning.limit':
    'Read-only means that what runs keeps running and you still see everything, but nothing can be created, changed or enlarged until everything that is overdue is paid. Nothing is deleted.',
  'meaning.pause':
    'Pausing means that your services are scaled to zero and locked: you cannot start or change them until everything that is overdue is paid. Nothing is deleted.',
  'meaning.decommission': 'What has been deleted cannot be brought back.',

  'reminder.subject': 'Payment reminder: {{amount}} overdue for {{name}}',
  'reminder.subject.limit': '{{amount}} overdue: account read-only from {{day}}',
  'reminder.subject.pause': '{{amount}} overdue: services pause on {{day}}',
  'reminder.subject.decommission': '{{amount}} overdue: services are deleted after {{day}}',
  'reminder.heading': 'Payment reminder',

  'moved.subject.limit': 'New date: account read-only from {{day}}, {{amount}} overdue',
  'moved.subject.pause': 'New date: services pause on {{day}}, {{amount}} overdue',
  'moved.subject.decommission': 'New date: services are deleted after {{day}}, {{amount}} overdue',
  'moved.heading': 'New date',
  'moved.opening':
    '{{debt}} is overdue for {{name}}. What this mail names replaces every date that we may have told you before.',

  'confirm.subject': 'Please confirm {{payment}}',
  'confirm.heading': 'Please confirm your payment',
  'confirm.opening':
    'Your bank asks you to confirm {{payment}} for {{name}} (3-D Secure). Please follow the steps that it shows you.',
  'confirm.announcement':
    'Nothing is lost yet. As soon as you have confirmed, the payment goes through and you need not do anything else.',
  'confirm.closing': {
    one: 'Without your confirmation the payment counts as failed after a while, and the invoice stays unpaid.',
    other:
      'Without your confirmation the payment counts as failed after a while, and the invoices stay unpaid.',
  },
  'confirm.already': 'If you have confirmed in the meantime, you need not do anything.',

  'instalment_missed.subject': 'An agreed instalment is missing: {{amount}} overdue for {{name}}',
  'instalment_missed.heading': 'An agreed instalment is missing',
  'instalment_missed.opening':
    'An instalment that we agreed on with you has not arrived. The agreement has therefore ended, and {{debt}} is overdue for {{name}}.',
  'instalment_missed.undated': 'Please pay as soon as you can: our steps go on.',
  'instalment_missed.closing':
    'If you cannot pay at the moment, please write to us soon. A person will answer.',

  'limited.subject': 'Your account is read-only: {{amount}} overdue for {{name}}',
  'limited.heading': 'Your account is read-only',
  'limited.opening':
    'We have set your account to read-only, because {{debt}} is overdue for {{name}}. What runs keeps running and you still see everything, but for now nothing can be created, changed or enlarged. Nothing was deleted.',
  'limited.announcement':
    'As soon as everything that is overdue is paid, you can use your account in full again. You need not do anything else.',

  'paused.subject': 'Your services are paused: {{amount}} overdue for {{name}}',
  'paused.heading': 'Your services are paused',
  'paused.opening':
    'We have paused your services, because {{debt}} is overdue for {{name}}. They are scaled to zero and locked: you cannot start or change them for now. Nothing was deleted.',
  'paused.announcement':
    'As soon as everything that is overdue is paid, we give your services back as they were. You need not do anything else.',
  'paused.export': 'You can export your data in the meantime.',

  'final.subject': 'Final notice: {{amount}} overdue for {{name}}',
  'final.subject.dated': 'Final notice: {{amount}} overdue, services are deleted after {{day}}',
  'final.heading': 'Final notice before deletion',
  'final.opening': '{{debt}} is still overdue for {{name}}. This is our last notice before we delete.',
  'final.undated': {
    one: 'We will soon delete your services and their data for good unless the invoice is paid.',
    other: 'We will soon delete your services and their data for good unless the invoices are paid.',
  },
  'final.export': 'Until the deletion you can export your data.',
  'final.noExport': 'If you need a copy of your data before the deletion, please write to us in time.',
  'final.recovery': {
    one: 'If the invoice is paid in time, nothing is deleted and we give your services back as they were.',
    other:
      'If the invoices are paid in time, nothing is deleted and we give your services back as they were.',
  },

  'decommissioned.subject': 'Your services were deleted: {{amount}} overdue for {{name}}',
  'decommissioned.heading': 'Your services were deleted',
  'decommissioned.opening':
    'We have deleted your services and their data, because {{debt}} stayed overdue for {{name}} after our final notice. What has been deleted cannot be brought back.',
  'decommissioned.announcement': {
    one: 'The invoice below is still due.',
    other: 'The invoices below are still due.',
  },
  'decommissioned.undated': 'What is overdue is still due.',
  'decommissioned.export': 'An export of your data may still be available for a limited time.',
  'decommissioned.closing': 'If you would like to use our services again, please write to us.',

  'restored.subject': 'Your services are back: {{amount}} still overdue for {{name}}',
  'restored.heading': 'Your services are back for now',
  'restored.opening':
    'As a courtesy we have given your services back. The debt stands: {{debt}} is still overdue for {{name}}.',

  'recovered.subject': 'Thank you: nothing is overdue any more for {{name}}',
  'recovered.heading': 'Thank you',
  'recovered.opening': 'Nothing is overdue any more for {{name}}.',
  'recovered.announcement':
    'Everything that runs for you stays as it is, or is back as it was. You need not do anything.',

  'paid_but_ended.subject': 'Paid, but the subscription has ended for {{name}}',
  'paid_but_ended.heading': 'Paid, but your subscription has ended',
  'paid_but_ended.opening':
    'Nothing is overdue any more for {{name}}. Thank you. However, the subscription itself has ended in the meantime, and paying its invoices does not start it again.',
  'paid_but_ended.announcement':
    'To use our services again, please start a new subscription. What is paused stays paused until then.',
  'paid_but_ended.onPlan':
    'Your account goes on with the plan “{{plan}}”. For what you had before, please start a new subscription.',
  'paid_but_ended.closing': 'If you need help with it, please write to us.',

  'paid_but_deleted.subject': 'Paid, but something had been deleted before for {{name}}',
  'paid_but_deleted.heading': 'Thank you, but something is missing',
  'paid_but_deleted.opening': 'Thank you: nothing is overdue any more for {{name}}.',
  'paid_but_deleted.truth':
    'To be open with you: services or data of yours had been deleted before your payment reached us. What was left, we have given back. What had been deleted does not come back by itself.',
  'paid_but_deleted.announcement':
    'A person will get in touch with you about rebuilding it or about a refund. You need not do anything until then.',

  'approval.subject': 'Decide by {{day}}: deletion for {{name}} ({{ref}})',
  'approval.heading': 'A deletion waits for your decision',
  'approval.opening':
    'The final notice to {{name}} has run out. We ask you to approve or reject the deletion of exactly what is listed below.',
  'approval.announcement':
    'What has been deleted cannot be brought back. Without your approval by {{date}} nothing is deleted, and you are asked again.',
  'approval.account': 'Account',
  'approval.owed': 'Overdue',
  'approval.nothingOwed': 'unknown',
  'approval.plan': 'Plan',
  'approval.code': 'Your own code, for nobody else',
  'approval.resources': 'To be deleted:',
  'approval.noResources': 'No resources are left to be deleted.',
  'approval.cancel': 'Subscriptions that are canceled first:',
  'approval.pause': 'Subscriptions whose collection is paused first:',
  'approval.stays': 'All that is not listed stays, and so do the invoices and the audit log.',
  'approval.decide': 'See the plan and decide',
  'approval.commands': 'Or decide on the command line:',
  'approval.onlyCommands': 'Decide on the command line:',
} as const;
