import type { Words } from './words.js';

/** The German words. They address people formally; their sentences begin with a capital, also after the greeting's comma. */
export const de: Words = {
  locale: 'de-DE',
  date: '{{weekday}}, {{day}}. {{month}} {{year}}, {{time}} Uhr UTC',
  day: '{{dd}}.{{mm}}.{{year}}',

  greeting: 'Guten Tag {{name}},',
  'greeting.nameless': 'Guten Tag,',
  nameless: 'Ihr Konto',
  amount: '{{sums}}',
  'amount.unknown': 'Zahlung',
  debt: 'Ihre Zahlung von {{sums}}',
  'debt.unknown': 'Ihre Zahlung',
  payment: 'Ihre Zahlung von {{sums}}',
  'payment.unknown': 'Ihre Zahlung',

  invoice: 'Rechnung {{number}}',
  total: 'Insgesamt überfällig',
  'total.confirm': 'Insgesamt zu bestätigen',
  pay: 'Jetzt bezahlen',
  confirm: 'Zahlung bestätigen',
  export: 'Daten exportieren',
  contact: 'Haben Sie Fragen, oder haben wir eine Zahlung übersehen? Bitte schreiben Sie an {{contact}}.',
  'contact.paid': 'Haben Sie Fragen? Bitte schreiben Sie an {{contact}}.',

  overdue: '{{debt}} für {{name}} ist überfällig.',
  'overdue.due': '{{debt}} für {{name}} ist überfällig: Die Zahlungsfrist ist abgelaufen.',
  'overdue.declined': '{{debt}} für {{name}} ist überfällig: Der Einzug ist fehlgeschlagen.',
  'overdue.expired_card':
    '{{debt}} für {{name}} ist überfällig: Die Karte, die wir belasten wollten, ist abgelaufen.',
  'overdue.dead_mandate':
    '{{debt}} für {{name}} ist überfällig: Für den Einzug vom Bankkonto gibt es kein gültiges Mandat.',
  'overdue.unconfirmed':
    '{{debt}} für {{name}} ist überfällig: Sie wurde bei der Bank nie bestätigt (3-D Secure).',
  pleasePay: {
    one: 'Bitte bezahlen Sie die unten genannte Rechnung.',
    other: 'Bitte bezahlen Sie die unten genannten Rechnungen.',
  },
  paidAlready: 'Falls Sie inzwischen bezahlt haben, brauchen Sie nichts weiter zu tun.',

  'next.limit': {
    one: 'Am {{date}} beschränken wir Ihr Konto auf Lesezugriff, sofern die Rechnung bis dahin nicht bezahlt ist.',
    other:
      'Am {{date}} beschränken wir Ihr Konto auf Lesezugriff, sofern die Rechnungen bis dahin nicht bezahlt sind.',
  },
  'next.pause': {
    one: 'Am {{date}} pausieren wir Ihre Dienste, sofern die Rechnung bis dahin nicht bezahlt ist.',
    other: 'Am {{date}} pausieren wir Ihre Dienste, sofern die Rechnungen bis dahin nicht bezahlt sind.',
  },
  'next.decommission': {
    one: 'Ihre Frist endet am {{date}}. Danach löschen wir Ihre Dienste und deren Daten endgültig, sofern die Rechnung bis dahin nicht bezahlt ist.',
    other:
      'Ihre Frist endet am {{date}}. Danach löschen wir Ihre Dienste und deren Daten endgültig, sofern die Rechnungen bis dahin nicht bezahlt sind.',
  },
  later: {
    one: 'Bleibt die Rechnung unbezahlt, folgt:',
    other: 'Bleiben die Rechnungen unbezahlt, folgt:',
  },
  'later.limit': 'Ihr Konto wird auf Lesezugriff beschränkt.',
  'later.pause': 'Ihre Dienste werden pausiert.',
  'later.decommission': 'Ab dann können Ihre Dienste und deren Daten endgültig gelöscht werden.',
  'meaning.limit':
    'Lesezugriff bedeutet: Was läuft, läuft weiter, und Sie sehen weiterhin alles. Sie können jedoch nichts anlegen, ändern oder vergrößern, bis alles Überfällige bezahlt ist. Gelöscht wird nichts.',
  'meaning.pause':
    'Pausieren bedeutet: Ihre Dienste werden heruntergefahren und gesperrt. Sie können sie weder starten noch ändern, bis alles Überfällige bezahlt ist. Gelöscht wird nichts.',
  'meaning.decommission': 'Was gelöscht ist, lässt sich nicht wiederherstellen.',

  'reminder.subject': 'Zahlungserinnerung: {{amount}} überfällig für {{name}}',
  'reminder.subject.limit': '{{amount}} überfällig: nur noch Lesezugriff ab {{day}}',
  'reminder.subject.pause': '{{amount}} überfällig: Ihre Dienste pausieren ab {{day}}',
  'reminder.subject.decommission': '{{amount}} überfällig: Löschung Ihrer Dienste nach dem {{day}}',
  'reminder.heading': 'Zahlungserinnerung',

  'moved.subject.limit': 'Neuer Termin: nur noch Lesezugriff ab {{day}}, {{amount}} überfällig',
  'moved.subject.pause': 'Neuer Termin: Ihre Dienste pausieren ab {{day}}, {{amount}} überfällig',
  'moved.subject.decommission':
    'Neuer Termin: Löschung Ihrer Dienste nach dem {{day}}, {{amount}} überfällig',
  'moved.heading': 'Neuer Termin',
  'moved.opening':
    '{{debt}} für {{name}} ist überfällig. Was diese Nachricht nennt, ersetzt alle Termine, die wir Ihnen zuvor mitgeteilt haben.',

  'confirm.subject': 'Bitte bestätigen Sie {{payment}}',
  'confirm.heading': 'Bitte bestätigen Sie Ihre Zahlung',
  'confirm.opening':
    'Ihre Bank bittet Sie, {{payment}} für {{name}} zu bestätigen (3-D Secure). Bitte folgen Sie den Schritten, die sie Ihnen zeigt.',
  'confirm.announcement':
    'Noch ist nichts verloren. Sobald Sie bestätigt haben, wird die Zahlung ausgeführt, und Sie brauchen nichts weiter zu tun.',
  'confirm.closing': {
    one: 'Ohne Ihre Bestätigung gilt die Zahlung nach einiger Zeit als fehlgeschlagen, und die Rechnung bleibt unbezahlt.',
    other:
      'Ohne Ihre Bestätigung gilt die Zahlung nach einiger Zeit als fehlgeschlagen, und die Rechnungen bleiben unbezahlt.',
  },
  'confirm.already': 'Falls Sie inzwischen bestätigt haben, brauchen Sie nichts weiter zu tun.',

  'instalment_missed.subject': 'Eine vereinbarte Rate fehlt: {{amount}} überfällig für {{name}}',
  'instalment_missed.heading': 'Eine vereinbarte Rate fehlt',
  'instalment_missed.opening':
    'Eine Rate, die wir mit Ihnen vereinbart hatten, ist nicht eingegangen. Damit ist die Vereinbarung beendet, und {{debt}} für {{name}} ist überfällig.',
  'instalment_missed.undated': 'Bitte bezahlen Sie so bald wie möglich: Unsere weiteren Schritte folgen.',
  'instalment_missed.closing':
    'Falls Sie zurzeit nicht zahlen können, schreiben Sie uns bitte bald. Ein Mensch wird Ihnen antworten.',

  'limited.subject': 'Ihr Konto hat nur noch Lesezugriff: {{amount}} überfällig für {{name}}',
  'limited.heading': 'Ihr Konto hat nur noch Lesezugriff',
  'limited.opening':
    'Wir haben Ihr Konto auf Lesezugriff beschränkt, weil {{debt}} für {{name}} überfällig ist. Was läuft, läuft weiter, und Sie sehen weiterhin alles. Sie können jedoch vorerst nichts anlegen, ändern oder vergrößern. Gelöscht wurde nichts.',
  'limited.announcement':
    'Sobald alles Überfällige bezahlt ist, können Sie Ihr Konto wieder uneingeschränkt nutzen. Sie brauchen nichts weiter zu tun.',

  'paused.subject': 'Ihre Dienste sind pausiert: {{amount}} überfällig für {{name}}',
  'paused.heading': 'Ihre Dienste sind pausiert',
  'paused.opening':
    'Wir haben Ihre Dienste pausiert, weil {{debt}} für {{name}} überfällig ist. Die Dienste sind heruntergefahren und gesperrt und lassen sich vorerst weder starten noch ändern. Gelöscht wurde nichts.',
  'paused.announcement':
    'Sobald alles Überfällige bezahlt ist, geben wir Ihnen Ihre Dienste so zurück, wie sie waren. Sie brauchen nichts weiter zu tun.',
  'paused.export': 'Ihre Daten können Sie in der Zwischenzeit exportieren.',

  'final.subject': 'Letzte Mahnung: {{amount}} überfällig für {{name}}',
  'final.subject.dated': 'Letzte Mahnung: {{amount}} überfällig, Löschung Ihrer Dienste nach dem {{day}}',
  'final.heading': 'Letzte Mahnung vor der Löschung',
  'final.opening':
    '{{debt}} für {{name}} ist weiterhin überfällig. Dies ist unsere letzte Nachricht vor der Löschung.',
  'final.undated': {
    one: 'Wir löschen Ihre Dienste und deren Daten in Kürze endgültig, sofern die Rechnung nicht bezahlt wird.',
    other:
      'Wir löschen Ihre Dienste und deren Daten in Kürze endgültig, sofern die Rechnungen nicht bezahlt werden.',
  },
  'final.export': 'Bis zur Löschung können Sie Ihre Daten exportieren.',
  'final.noExport':
    'Falls Sie vor der Löschung eine Kopie Ihrer Daten benötigen, schreiben Sie uns bitte rechtzeitig.',
  'final.recovery': {
    one: 'Wird die Rechnung rechtzeitig bezahlt, löschen wir nichts und geben Ihnen Ihre Dienste so zurück, wie sie waren.',
    other:
      'Werden die Rechnungen rechtzeitig bezahlt, löschen wir nichts und geben Ihnen Ihre Dienste so zurück, wie sie waren.',
  },

  'decommissioned.subject': 'Ihre Dienste wurden gelöscht: {{amount}} überfällig für {{name}}',
  'decommissioned.heading': 'Ihre Dienste wurden gelöscht',
  'decommissioned.opening':
    'Wir haben Ihre Dienste und deren Daten gelöscht, weil {{debt}} für {{name}} auch nach unserer letzten Mahnung überfällig blieb. Was gelöscht ist, lässt sich nicht wiederherstellen.',
  'decommissioned.announcement': {
    one: 'Die unten genannte Rechnung ist weiterhin zu bezahlen.',
    other: 'Die unten genannten Rechnungen sind weiterhin zu bezahlen.',
  },
  'decommissioned.undated': 'Was überfällig ist, ist weiterhin zu bezahlen.',
  'decommissioned.export': 'Ein Export Ihrer Daten ist möglicherweise noch für begrenzte Zeit verfügbar.',
  'decommissioned.closing': 'Falls Sie unsere Dienste wieder nutzen möchten, schreiben Sie uns bitte.',

  'restored.subject': 'Ihre Dienste sind wieder da: {{amount}} weiterhin überfällig für {{name}}',
  'restored.heading': 'Ihre Dienste sind vorerst wieder da',
  'restored.opening':
    'Aus Kulanz haben wir Ihnen Ihre Dienste zurückgegeben. Die Forderung besteht weiter: {{debt}} für {{name}} ist weiterhin überfällig.',

  'recovered.subject': 'Vielen Dank: nichts mehr überfällig für {{name}}',
  'recovered.heading': 'Vielen Dank',
  'recovered.opening': 'Es ist nichts mehr überfällig für {{name}}.',
  'recovered.announcement':
    'Alles, was für Sie läuft, bleibt, wie es ist, oder ist wieder, wie es war. Sie brauchen nichts zu tun.',

  'paid_but_ended.subject': 'Bezahlt, aber das Abonnement ist beendet für {{name}}',
  'paid_but_ended.heading': 'Bezahlt, aber Ihr Abonnement ist beendet',
  'paid_but_ended.opening':
    'Es ist nichts mehr überfällig für {{name}}. Vielen Dank. Das Abonnement selbst ist jedoch inzwischen beendet, und die Zahlung seiner Rechnungen setzt es nicht wieder in Kraft.',
  'paid_but_ended.announcement':
    'Um unsere Dienste wieder zu nutzen, schließen Sie bitte ein neues Abonnement ab. Was pausiert ist, bleibt bis dahin pausiert.',
  'paid_but_ended.onPlan':
    'Ihr Konto läuft mit dem Tarif „{{plan}}“ weiter. Für alles, was Sie zuvor hatten, schließen Sie bitte ein neues Abonnement ab.',
  'paid_but_ended.closing': 'Falls Sie dabei Hilfe brauchen, schreiben Sie uns bitte.',

  'paid_but_deleted.subject': 'Bezahlt, aber zuvor war etwas gelöscht worden für {{name}}',
  'paid_but_deleted.heading': 'Vielen Dank, aber etwas fehlt',
  'paid_but_deleted.opening': 'Vielen Dank: Es ist nichts mehr überfällig für {{name}}.',
  'paid_but_deleted.truth':
    'Wir möchten offen zu Ihnen sein: Bevor uns Ihre Zahlung erreichte, waren Dienste oder Daten von Ihnen bereits gelöscht. Was noch da war, haben wir Ihnen zurückgegeben. Was gelöscht war, kommt nicht von selbst zurück.',
  'paid_but_deleted.announcement':
    'Ein Mensch wird sich bei Ihnen melden, um den Wiederaufbau oder eine Erstattung mit Ihnen zu klären. Bis dahin brauchen Sie nichts zu tun.',

  'approval.subject': 'Entscheidung bis {{day}}: Löschung für {{name}} ({{ref}})',
  'approval.heading': 'Eine Löschung wartet auf Ihre Entscheidung',
  'approval.opening':
    'Die Frist der letzten Mahnung an {{name}} ist abgelaufen. Wir bitten Sie, die Löschung genau dessen zu genehmigen oder abzulehnen, was unten aufgeführt ist.',
  'approval.announcement':
    'Was gelöscht ist, lässt sich nicht wiederherstellen. Die Anfrage gilt bis {{date}}. Ohne Ihre Genehmigung wird nichts gelöscht, und Sie werden erneut gefragt.',
  'approval.account': 'Konto',
  'approval.owed': 'Überfällig',
  'approval.nothingOwed': 'nicht bekannt',
  'approval.plan': 'Plan',
  'approval.code': 'Ihr persönlicher Code',
  'approval.resources': 'Gelöscht werden:',
  'approval.noResources': 'Es sind keine Ressourcen mehr zu löschen.',
  'approval.cancel': 'Abonnements, die zuvor gekündigt werden:',
  'approval.pause': 'Abonnements, deren Einzug zuvor ausgesetzt wird:',
  'approval.stays':
    'Alles, was nicht aufgeführt ist, bleibt bestehen, ebenso die Rechnungen und das Prüfprotokoll.',
  'approval.decide': 'Plan ansehen und entscheiden',
  'approval.commands': 'Oder entscheiden Sie auf der Kommandozeile:',
  'approval.onlyCommands': 'Entscheiden Sie auf der Kommandozeile:',
};
