import { stringify } from 'yaml';
import { z } from 'zod';
import { operations, type Operation } from './operations.js';
import * as shapes from './shapes.js';
import { defaultTimeoutMs } from './target.js';

const named: Readonly<Record<string, z.ZodType>> = {
  State: shapes.stateShape,
  Probe: shapes.probeShape,
  Page: shapes.pageShape,
  Resource: shapes.resourceShape,
  Resume: shapes.resumeShape,
  Location: shapes.locationShape,
  Reading: shapes.readingShape,
  Problem: shapes.problemShape,
  Gone: shapes.goneShape,
  NotOffered: shapes.notOfferedShape,
  Fenced: shapes.fencedShape,
};

const about = [
  'What a platform has to speak so that Forbear can pause, resume and delete what runs on it. All bodies are JSON in UTF-8.',
  `Time: every answer is whole within ${defaultTimeoutMs / 1_000} seconds; what takes longer begins, is answered, and shows in the next look.`,
  'Repeats: every POST may come again, with the same Idempotency-Key or a new one, and then changes nothing.',
  'Answers: 2xx is yes. 404 with the code "gone" is a resource that is no more; with the code "not_offered" it says that the ' +
    'platform neither archives nor deletes. 409 with the code "fenced", 408, 425, 429, ' +
    '5xx, silence, and answers that are not of this contract mean "ask later": Forbear asks again, with growing pauses. ' +
    'Every other answer, a redirect and a bare 404 among them, means "no": Forbear tries again after hours, or minutes ' +
    'where it gives back.',
].join('\n\n');

const signature =
  'Where the target has a secret (`secretEnv`), every request is signed by Standard Webhooks, with the headers `webhook-id`, ' +
  '`webhook-timestamp` and `webhook-signature`. The payload that is signed is the JSON text ' +
  '{"method":"…","path":"…","fence":"…","bodySha256":"…"}, without spaces and in this order: the method in capitals, path and ' +
  'query as they stand in the first line of the request, the header Forbear-Fence (empty where there is none), and the ' +
  "SHA-256 of the body's bytes in lower-case hex, also of an empty body. `webhook-id` is the Idempotency-Key where there is " +
  'one. Refuse with 401 what is not signed so, and what was signed more than five minutes from now.';

/** The contract of a platform behind HTTP, as OpenAPI 3.1; made of the very shapes that the adapter parses answers with. */
export function contractDocument(): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of Object.values<Operation>(operations))
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: entryOf(operation),
    };
  return {
    openapi: '3.1.1',
    info: { title: 'Forbear: a target behind HTTP', version: '1', description: about },
    servers: [
      { url: 'https://platform.example.com/forbear', description: 'The `base` of a target in forbear.yaml.' },
    ],
    // The second where the target has a secret.
    security: [{ token: [] }, { token: [], signature: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A secret that both sides hold, compared in constant time before anything else.',
        },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description: signature,
        },
      },
      parameters,
      responses,
      schemas: Object.fromEntries(Object.entries(named).map(([name, shape]) => [name, schemaOf(shape)])),
    },
  };
}

/** The same as YAML: docs/http-target.openapi.yaml. */
export const contractYaml = (): string =>
  `# Made by \`forbear targets contract\`: change the shapes in src/adapters/http, not this file.\n${stringify(contractDocument(), { lineWidth: 120 })}`;

const parameters = {
  ref: pathParameter('ref', "The app's own name of the account, as one part of the path."),
  id: pathParameter('id', 'The resource, by the id that the list told.'),
  cursor: {
    name: 'cursor',
    in: 'query',
    required: false,
    description: 'What the page before told as `next`; without it, the first page.',
    schema: { type: 'string' },
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description:
      'New for every call of ours. Only what a gateway repeats by itself comes twice with one key, so a platform whose ' +
      'orders say what shall be, not what shall change, needs not look at it.',
    schema: { type: 'string', format: 'uuid' },
  },
  fence: {
    name: 'Forbear-Fence',
    in: 'header',
    required: true,
    description:
      'The fencing number of the claim under which the order is given. It never falls within an account; all orders of one ' +
      'claim have the same. Keep the highest per account where it outlives the process, and refuse what is lower: that is ' +
      'an order that was held up on its way while a later one, such as giving back, has passed it.',
    schema: { type: 'integer', minimum: 1 },
  },
};

function pathParameter(name: string, description: string) {
  return { name, in: 'path', required: true, description, schema: { type: 'string', minLength: 1 } };
}

const responses = {
  Done: { description: 'It is so now, whether by this order or before it. The body is not read.' },
  Unauthorized: problem(
    'The token or the signature is missing or wrong. Forbear takes it for a refusal.',
    'Problem',
  ),
  Gone: problem('There is no such resource any more. No error: there is nothing left to do.', 'Gone'),
  GoneOrNotOffered: {
    description:
      'There is no such resource any more (`gone`), or the platform does without this altogether (`not_offered`).',
    content: { 'application/json': { schema: { oneOf: [refTo('Gone'), refTo('NotOffered')] } } },
  },
  Fenced: problem('A later claim has acted on this account. Nothing was changed.', 'Fenced'),
  Refused: problem('No. Nothing was changed; `message` tells people why.', 'Problem'),
  Later: problem('Not now: 408, 425, 429 and 5xx are asked again, with growing pauses.', 'Problem'),
};

function problem(description: string, name: string) {
  return { description, content: jsonOf(name) };
}

function jsonOf(name: string) {
  return { 'application/json': { schema: refTo(name) } };
}

function refTo(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

const parameter = (name: keyof typeof parameters) => ({ $ref: `#/components/parameters/${name}` });
const response = (name: keyof typeof responses) => ({ $ref: `#/components/responses/${name}` });

function entryOf({ id, method, path, order, optional, summary, description, body, answer }: Operation) {
  const hasId = path.includes('{id}');
  return {
    operationId: id,
    summary,
    description,
    parameters: [
      parameter('ref'),
      ...(hasId ? [parameter('id')] : [parameter('cursor')]),
      ...(method === 'POST' ? [parameter('idempotencyKey')] : []),
      ...(order ? [parameter('fence')] : []),
    ],
    ...(body !== undefined && { requestBody: { required: true, content: jsonOf(nameOf(body)) } }),
    responses: {
      '200':
        answer === undefined ? response('Done') : { description: summary, content: jsonOf(nameOf(answer)) },
      '401': response('Unauthorized'),
      '404': response(optional ? 'GoneOrNotOffered' : 'Gone'),
      ...(order && { '409': response('Fenced') }),
      '4XX': response('Refused'),
      '5XX': response('Later'),
    },
  };
}

function nameOf(shape: z.ZodType): string {
  const found = Object.entries(named).find(([, one]) => one === shape);
  if (found === undefined) throw new Error('a shape of an operation has no name in the contract');
  return found[0];
}

function schemaOf(shape: z.ZodType): Readonly<Record<string, unknown>> {
  // As input: an answer may hold more than we read.
  const schema = z.toJSONSchema(shape, { io: 'input', target: 'draft-2020-12' });
  // The document says once which dialect all of them are in.
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'));
}
