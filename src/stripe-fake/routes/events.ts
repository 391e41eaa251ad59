import { isElsewhere } from '../events.js';
import { invalid, noSuch } from '../failure.js';
import { listPage, PAGING, within } from '../http/list.js';
import { get, type Route } from '../http/route.js';
import type { StripeEvent } from '../state/objects.js';

/** `invoice.*` fits every type that begins so. */
const fits = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;

// An event that was meant for no endpoint counts as delivered: nothing of it is owed.
const wasDelivered = (event: StripeEvent): boolean =>
  event.fake.deliveries.every((delivery) => delivery.state === 'delivered');

export const eventRoutes: readonly Route[] = [
  get('/v1/events', ({ world, form }) => {
    form.allow(...PAGING, 'type', 'types', 'created', 'delivery_success');
    const type = form.text('type');
    const types = form.texts('types');
    if (type !== undefined && types !== undefined) {
      throw invalid('You may only specify one of these parameters: type, types.', {
        code: 'parameters_exclusive',
      });
    }
    if (types !== undefined && types.length > 20)
      throw invalid('Too many event types: at most 20.', { param: 'types' });
    const created = within(form, 'created');
    const delivered = form.flag('delivery_success');
    return listPage(world.store.events, form, {
      url: '/v1/events',
      where: (event) =>
        !isElsewhere(event) &&
        (type === undefined || fits(type, event.type)) &&
        (types === undefined || types.includes(event.type)) &&
        created(event.created) &&
        (delivered === undefined || wasDelivered(event) === delivered),
    });
  }),
  get('/v1/events/:id', ({ world, id }) => {
    const event = world.store.events.get(id);
    if (!event || isElsewhere(event)) throw noSuch('event', id);
    return event;
  }),
];
