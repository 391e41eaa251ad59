import { emit } from '../events.js';
import { invalid, noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import { newPrice, newProduct } from '../shapes/people.js';
import type { Price, Product, Recurring } from '../state/objects.js';
import type { World } from '../world.js';
import { priceById } from './find.js';

function createProduct(world: World, form: Form): Product {
  form.allow('id', 'name', 'description', 'metadata', 'active');
  const product = newProduct(world.clock.now(), form.required('name'), form.text('id'));
  if (world.store.products.get(product.id)) {
    throw invalid('Product already exists.', { code: 'resource_already_exists', param: 'id' });
  }
  product.description = form.text('description') ?? null;
  product.active = form.flag('active') ?? true;
  product.metadata = form.metadata();
  emit(world, 'product.created', world.store.products.add(product));
  return product;
}

function recurringFrom(form: Form): Recurring | null {
  if (!form.has('recurring')) return null;
  const recurring = form.child('recurring').allow('interval', 'interval_count', 'usage_type');
  recurring.oneOf('usage_type', ['licensed']);
  return {
    interval: recurring.oneOf('interval', ['day', 'week', 'month', 'year']) ?? 'month',
    interval_count: recurring.integer('interval_count') ?? 1,
    meter: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

function productFor(world: World, form: Form): string {
  const inline = form.child('product_data').allow('name', 'metadata', 'id');
  if (!form.has('product_data')) return form.required('product');
  const product = newProduct(world.clock.now(), inline.required('name'), inline.text('id'));
  product.metadata = inline.metadata();
  emit(world, 'product.created', world.store.products.add(product));
  return product.id;
}

function createPrice(world: World, form: Form): Price {
  form.allow(
    'product',
    'product_data',
    'currency',
    'unit_amount',
    'recurring',
    'nickname',
    'metadata',
    'lookup_key',
  );
  const currency = form.required('currency').toLowerCase();
  const unitAmount = Number(form.required('unit_amount'));
  form.integer('unit_amount');
  const product = productFor(world, form);
  if (!world.store.products.get(product)) throw noSuch('product', product, 'product');
  const price = newPrice(world.clock.now(), {
    product,
    currency,
    unitAmount,
    recurring: recurringFrom(form),
  });
  price.nickname = form.text('nickname') ?? null;
  price.lookup_key = form.text('lookup_key') ?? null;
  price.metadata = form.metadata();
  emit(world, 'price.created', world.store.prices.add(price));
  return price;
}

export const catalogRoutes: readonly Route[] = [
  post('/v1/products', ({ world, form }) => createProduct(world, form)),
  get('/v1/products', ({ world, form }) => {
    form.allow(...PAGING, 'active');
    const active = form.flag('active');
    const where = (row: Product) => active === undefined || row.active === active;
    return listPage(world.store.products, form, { url: '/v1/products', where });
  }),
  get('/v1/products/:id', ({ world, id }) => {
    const product = world.store.products.get(id);
    if (!product) throw noSuch('product', id);
    return product;
  }),
  post('/v1/prices', ({ world, form }) => createPrice(world, form)),
  get('/v1/prices', ({ world, form }) => {
    form.allow(...PAGING, 'product', 'active', 'lookup_keys');
    const product = form.text('product');
    const keys = form.texts('lookup_keys');
    const where = (row: Price) =>
      (product === undefined || row.product === product) &&
      (keys === undefined || (row.lookup_key !== null && keys.includes(row.lookup_key)));
    return listPage(world.store.prices, form, { url: '/v1/prices', where });
  }),
  get('/v1/prices/:id', ({ world, id }) => priceById(world, id)),
];
