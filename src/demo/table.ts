import { describeInstances, shownStage, type Scene } from './scene.js';

export type Row = { readonly name: string; readonly title: string; readonly scene: Scene };

const heads = ['ACCOUNT', 'STORY', 'STAGE', 'OWED', 'NEXT', 'INSTANCES', 'MAILS'];

/** The table's lines, with colours where the terminal shows them, cut to its width. */
export function tableLines(rows: readonly Row[], now: number, columns: number): string[] {
  const cells = rows.map((row) => cellsOf(row, now));
  const widths = heads.map((head, at) =>
    Math.max(head.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  const cut = (line: readonly string[]) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .slice(0, columns - 1);
  return [
    `\u001b[1m${cut(heads)}\u001b[0m`,
    ...cells.map((line, at) => `${colourOf(rows[at]?.scene)}${cut(line)}\u001b[0m`),
  ];
}

function cellsOf({ name, title, scene }: Row, now: number): string[] {
  const { stage, owed, topics } = scene;
  const sum = stage === null || owed === 'nothing' ? '–' : owed;
  return [
    name,
    title,
    shownStage(scene) ?? '–',
    sum,
    nextOf(scene, now),
    describeInstances(scene),
    String(topics.length),
  ];
}

function nextOf({ stage, owed, nextStep, nextAt }: Scene, now: number): string {
  if (stage === 'paused' && owed !== 'nothing') return 'until paid';
  if (nextStep === null || nextAt === null) return '–';
  const seconds = Math.ceil((nextAt - now) / 1000);
  return seconds > 0 ? `${nextStep} in ${seconds} s` : `${nextStep} now`;
}

function colourOf(scene: Scene | undefined): string {
  if (scene?.instances.some((i) => i.draining || i.locked)) return '\u001b[31m';
  if (scene?.stage === 'reminded') return '\u001b[33m';
  return scene?.stage === 'recovered' ? '\u001b[32m' : '';
}
