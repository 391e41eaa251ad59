import type { StackDescription } from '../../src/dev/description.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/**
 * Sends a signal exactly as the Temporal Web UI does when a person types `input` into its form: the same request to the
 * UI's own server, with its cookie and CSRF token.
 */
export async function signalAsWebUi(
  { temporal }: Pick<StackDescription, 'temporal'>,
  workflow: string,
  signal: string,
  input: string,
): Promise<void> {
  const api = `${temporal.ui}/api/v1`;
  const [cookie = ''] = (await fetch(`${api}/settings`)).headers.getSetCookie();
  const pair = cookie.split(';')[0] ?? '';
  const path = ['namespaces', temporal.namespace, 'workflows', workflow, 'signal', signal];
  const answer = await fetch(`${api}/${path.map(encodeURIComponent).join('/')}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: pair, 'x-csrf-token': pair.split('=')[1] ?? '' },
    body: JSON.stringify({
      signalName: signal,
      workflowExecution: { workflowId: workflow },
      input: { payloads: [{ metadata: { encoding: base64('json/plain') }, data: base64(input) }] },
    }),
  });
  if (!answer.ok) throw new Error(`the Web UI answered ${answer.status} ${await answer.text()}`);
}
