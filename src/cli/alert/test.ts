import { Command } from 'commander';
import { forbearFileOf, readAlerts } from '../../forbear-file.js';
import type { AlertChannel, AlertNews } from '../../ports/alerts.js';
import { operatorEnvironment } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';

/** `forbear alert test`. */
export function testCommand(): Command {
  return new Command('test')
    .description('send a page and its end through every channel, and say of each what came back')
    .option('--json', 'one JSON record a line')
    .action(test);
}

async function test({ json }: { json?: boolean }): Promise<void> {
  const env = operatorEnvironment();
  const alerts = readAlerts(forbearFileOf(env), env);
  // Mails and Slack are loaded by the one command that sends.
  const [{ alertChannelsOf }, { createLogger }] = await Promise.all([
    import('../../wiring-intake.js'),
    import('../../wiring.js'),
  ]);
  const channels = alertChannelsOf({ alerts }, createLogger('alert test'));
  const found = await Promise.all(channels.map((channel) => trial(channel, Date.now())));
  for (const one of found)
    if (json) printJson(one);
    else print(`${one.channel}: ${one.error === null ? 'took it, and its end' : one.error}`);
  if (channels.length === 1 && !json)
    print('Nobody else is told: name a channel in forbear.yaml (docs/alerts.md).');
  const failed = found.filter(({ error }) => error !== null).length;
  if (failed > 0) throw new CommandFailure('failed', `${failed} of ${found.length} channels failed`);
}

/** What a channel makes of a test: an alert, and its end. */
async function trial(channel: AlertChannel, now: number) {
  const { name } = channel;
  try {
    await channel.tell(news('firing', now));
    await channel.tell(news('resolved', now));
    return { channel: name, error: null };
  } catch (error) {
    return { channel: name, error: error instanceof Error ? error.message : String(error) };
  }
}

const news = (state: AlertNews['state'], now: number): AlertNews => ({
  id: `alert-test-${now}-${state}`,
  key: 'test',
  severity: 'page',
  title: 'This is a test of the alerts',
  text: 'Somebody ran `forbear alert test` to see that alerts arrive. Nothing is wrong.',
  remedy: 'Nothing. Its end follows at once.',
  state,
  since: now,
  at: now,
});
