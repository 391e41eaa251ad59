// The intake as a process of its own, so that a test can kill -9 it: its settings as one JSON argument.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { openDatabase } from '../../src/db/client.js';
import { openEventStore } from '../../src/db/store/store.js';
import { stripeWebhook } from '../../src/http/webhooks/stripe.js';
import { anIntake } from './intake.js';
import type { IntakeSettings } from './intake-process.js';

const { databaseUrl, secrets, port } = JSON.parse(process.argv[2] ?? '{}') as IntakeSettings;
const { db } = openDatabase(databaseUrl);
const { store } = openEventStore(databaseUrl);
// Without the rest of the api, which takes as long to load as all of this.
const app = new Hono().route('/webhooks/stripe', stripeWebhook(anIntake(db, secrets, { store })));
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) => {
  console.log(`http://127.0.0.1:${info.port}/webhooks/stripe`);
});
// Whoever started it holds the other end.
process.stdin.resume().on('end', () => process.exit());
