import { describeInstances, type Scene } from './scene.js';

/** What is new in a scene, in one line; empty when nothing is that somebody would want to read. */
export function lineOfChange(before: Scene | undefined, now: Scene): string {
  const news = [
    now.stage === (before?.stage ?? null) ? '' : `${before?.stage ?? 'healthy'} → ${now.stage ?? 'healthy'}`,
    now.owed === (before?.owed ?? '') || now.owed === '' ? '' : `owes ${now.owed}`,
    now.access === (before?.access ?? 'active') ? '' : `access ${now.access}`,
    describeInstances(now) === (before === undefined ? '' : describeInstances(before))
      ? ''
      : describeInstances(now),
    ...now.topics.slice(before?.topics.length ?? 0).map((topic) => `mail "${topic}"`),
    nextIs(now) === (before === undefined ? '' : nextIs(before)) ? '' : nextIs(now),
  ];
  return news.filter((text) => text !== '').join(', ');
}

function nextIs({ nextStep, nextAt }: Scene): string {
  return nextStep === null || nextAt === null
    ? ''
    : `next: ${nextStep} at ${new Date(nextAt).toISOString().slice(11, 19)}`;
}
