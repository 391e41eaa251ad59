import type { OrderRequest } from '../../src/domain/orders.js';
import { DAY_MS } from '../../src/domain/time.js';
import type { Message } from '../../workflows/mailbox.js';
import { wakeSoon } from './cases.js';
import type { Wish } from './lives.js';
import { spanAt } from './truth.js';
import { strikes, type Subject, type World } from './world.js';

/** A person orders something: through an update, which needs a worker that answers, and is lost where there is none. */
export function order(world: World, subject: Subject, wish: Wish): void {
  const { faults, now, core } = world;
  if (spanAt(faults.spells.workersDown, now) !== null) return;
  const request = requestFor(world, subject, wish);
  const isOpen = subject.run !== null || (subject.saved !== null && subject.saved.closedAt === null);
  if (request === null || (!isOpen && wish.kind !== 'restrict')) return;
  const { life = null } = subject.run ?? {};
  if (life !== null && !life.file.orders.includes(request.id) && life.standing?.complete === true) {
    const { file, policy, standing } = life;
    if ('refusal' in core.ruleOn(file, request, { policy, standing, now })) return;
  }
  send(world, subject, request);
  // Whoever clicks twice sends the same order twice.
  if (strikes(world, faults.rates.doubleClicks)) send(world, subject, request);
}

function send(world: World, subject: Subject, request: OrderRequest): void {
  const taken = (refusal: string | null) => {
    const file = subject.run?.life?.file ?? subject.saved;
    if (file === null) return;
    subject.marks.push({ kind: 'order', at: world.now, request, refusal, file });
  };
  const message: Message = { kind: 'order', request, taken };
  subject.mailbox.push(message);
  wakeSoon(world, subject);
}

function requestFor(world: World, { truth, ledger }: Subject, wish: Wish): OrderRequest | null {
  const { now } = world;
  const signature = { id: `order-${(world.orderCount += 1)}`, by: 'ada', reason: 'asked for' };
  const overdue = truth.debts.filter(
    ({ overdueAt, paidAt, id }) => overdueAt <= now && now < paidAt && !ledger.forgiven.includes(id),
  );
  switch (wish.kind) {
    case 'extend':
      return { ...signature, kind: 'extendGrace', days: wish.days };
    case 'exempt':
      return { ...signature, kind: 'exempt', until: now + wish.days * DAY_MS, invoices: [] };
    case 'forgive':
      return overdue.length === 0
        ? null
        : { ...signature, kind: 'exempt', until: null, invoices: overdue.slice(0, 1).map(({ id }) => id) };
    case 'restrict':
      return { ...signature, kind: 'restrict', access: wish.access, until: now + wish.days * DAY_MS };
    case 'lift':
      return { ...signature, kind: 'lift', restriction: 'nonpayment' };
    case 'unrestrict':
      return { ...signature, kind: 'lift', restriction: 'manual' };
    case 'promise': {
      const amountMinor = overdue.reduce((sum, debt) => sum + debt.amountMinor, 0);
      if (amountMinor === 0) return null;
      return {
        ...signature,
        kind: 'promise',
        instalments: [{ dueAt: now + wish.days * DAY_MS, amountMinor }],
      };
    }
    case 'recheck':
      return { ...signature, kind: 'recheck' };
    case 'decide':
      return { ...signature, kind: wish.approved ? 'approve' : 'reject', plan: wish.plan };
  }
}
