import type { World } from '../world.js';
import type { Form } from './form.js';

/** One API request, parsed. `id` is what the path names. */
interface Call {
  world: World;
  form: Form;
  id: string;
}

/** One operation of the API. What it returns is rendered and expanded; what it throws becomes an error answer. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  run: (call: Call) => unknown;
}

export const get = (path: string, run: Route['run']): Route => ({ method: 'GET', path, run });
export const post = (path: string, run: Route['run']): Route => ({ method: 'POST', path, run });
export const del = (path: string, run: Route['run']): Route => ({ method: 'DELETE', path, run });
