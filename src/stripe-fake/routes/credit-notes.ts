import { issueCreditNote, voidCreditNote } from '../billing/credit-notes.js';
import { missingParam, noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import type { CreditNote } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { customerFilter, invoiceById } from './find.js';

const REASONS = ['duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory'] as const;
const AMOUNTS = ['amount', 'credit_amount', 'refund_amount', 'out_of_band_amount'];

/** The whole sum, or the sum of its lines: as amounts, or as quantities of a unit amount. */
function amountFrom(form: Form): number {
  const whole = form.integer('amount');
  if (whole !== undefined) return whole;
  const lines = form.children('lines').map((line) => {
    line.allow('type', 'amount', 'quantity', 'unit_amount', 'description', 'invoice_line_item');
    return line.integer('amount') ?? (line.integer('quantity') ?? 1) * (line.integer('unit_amount') ?? 0);
  });
  if (lines.length === 0) throw missingParam('amount');
  return lines.reduce((sum, amount) => sum + amount, 0);
}

function create(world: World, form: Form): CreditNote {
  form.allow('invoice', ...AMOUNTS, 'lines', 'reason', 'memo', 'metadata', 'email_type');
  return issueCreditNote(world, invoiceById(world, form.required('invoice'), 'invoice'), {
    amount: amountFrom(form),
    toBalance: form.integer('credit_amount') ?? 0,
    toRefund: form.integer('refund_amount') ?? 0,
    outOfBand: form.integer('out_of_band_amount') ?? 0,
    reason: form.oneOf('reason', REASONS) ?? null,
    memo: form.text('memo') ?? null,
    metadata: form.metadata(),
  });
}

function noteById(world: World, id: string): CreditNote {
  const note = world.store.creditNotes.get(id);
  if (!note) throw noSuch('credit_note', id);
  return note;
}

export const creditNoteRoutes: readonly Route[] = [
  post('/v1/credit_notes', ({ world, form }) => create(world, form)),
  get('/v1/credit_notes', ({ world, form }) => {
    form.allow(...PAGING, 'customer', 'invoice', 'created');
    const invoice = form.text('invoice');
    const created = within(form, 'created');
    return listPage(world.store.creditNotes, form, {
      url: '/v1/credit_notes',
      customer: customerFilter(world, form),
      where: (row) => created(row.created) && (invoice === undefined || row.invoice === invoice),
    });
  }),
  get('/v1/credit_notes/:id', ({ world, id }) => noteById(world, id)),
  post('/v1/credit_notes/:id/void', ({ world, id }) => {
    const note = noteById(world, id);
    voidCreditNote(world, note);
    return note;
  }),
];
