import { resolve } from 'node:path';
import { installPackages } from './debian.mjs';
import { isExecutable, onPath, run } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** @returns a part for `findOrMake` whose value is `{path}` */
export function chromiumPart(context) {
  const { env } = context;
  const find = [{ from: 'PATH', get: () => check(chromiumOnPath(env)) }];
  const chosen = env.CHROMIUM_PATH;
  if (chosen) find.unshift({ from: 'CHROMIUM_PATH', ordered: true, get: () => check(resolve(chosen)) });
  return {
    name: 'A browser',
    remedy: 'install Chromium or set CHROMIUM_PATH',
    find,
    make: [{ from: 'Debian', get: () => install(context) }],
  };
}

export function chromiumOnPath(env) {
  return names.map((name) => onPath(name, env)).find(Boolean);
}

async function check(path) {
  if (!path) throw new Error(`none of ${names.join(', ')} is there`);
  if (!isExecutable(path)) throw new Error(`${path} is no executable file`);
  // Some distributions put a script there that only says how to install the browser.
  await run(path, ['--version']);
  return { path };
}

async function install(context) {
  await installPackages(context, ['chromium'], 'Installing Chromium, 1 to 2 minutes, once per machine');
  return check(chromiumOnPath(context.env));
}
