import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forbearWebhook } from '../../../src/app/express.js';
import { createAccessReader, type AccessReader } from '../../../src/app/reader.js';
import { createReceiver, type ReceiverOptions } from '../../../src/app/receiver.js';
import { listening, receivers, type App } from '../../support/app-frameworks.js';
import { acmeId, answerOf, createStandIn, type StandIn } from '../../support/app-standin.js';
import { changeTo, delivery, webhookSecret } from '../../support/app-webhooks.js';

let forbear: StandIn;
let reader: AccessReader;
let app: App;
let options: ReceiverOptions;

beforeEach(() => {
  forbear = createStandIn();
  const { url, key, fetch } = forbear;
  reader = createAccessReader({
    url,
    key,
    fetch,
    maxAgeMs: 60_000,
    whenUnknown: 'closed',
    onProblem: () => undefined,
  });
  options = { secrets: webhookSecret, reader, onProblem: () => undefined };
});
afterEach(() => app.close());

const suspend = () => {
  forbear.state.answer = answerOf('suspended');
  return changeTo(forbear.state.answer, new Date());
};

describe.each(Object.entries(receivers))('changes pushed to %s', (_, make) => {
  beforeEach(async () => {
    app = await make(options);
  });

  it('are seen by the next request', async () => {
    await reader.read(acmeId);
    const response = await app.request('/forbear', delivery(suspend(), new Date()));
    expect(response.status).toBe(204);
    expect(await reader.read(acmeId)).toMatchObject({ answer: { access: 'suspended' } });
  });

  it('are refused when somebody else sent them, or too much', async () => {
    const forged = { ...delivery(suspend(), new Date()), body: JSON.stringify(suspend()) };
    expect((await app.request('/forbear', forged)).status).toBe(400);
    const long = { ...forged, body: 'x'.repeat(90_000) };
    expect([400, 413]).toContain((await app.request('/forbear', long)).status);
  });
});

describe('changes pushed to express', () => {
  it('are not taken from a body that was parsed before, and the remedy is told', async () => {
    const told: unknown[] = [];
    const wrong = express().use(express.json());
    wrong.post('/forbear', forbearWebhook(createReceiver(options)));
    const onError: express.ErrorRequestHandler = (error, _request, _response, next) => {
      told.push(error);
      next(error);
    };
    app = await listening(wrong.use(onError));
    expect((await app.request('/forbear', delivery(suspend(), new Date()))).status).toBe(500);
    expect(String(told[0])).toMatch(/mount it before express\.json\(\)/);
  });
});
