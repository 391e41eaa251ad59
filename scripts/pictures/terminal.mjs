/**
 * The screen of a terminal, as far as the demo writes to it: text, line ends, cursor up, erase below, colours. Throws at
 * any other escape sequence, so that a picture is never silently wrong.
 */
export function createScreen(columns) {
  let lines = [[]];
  let row = 0;
  let style = '';
  let rest = '';

  function put(character) {
    const line = lines[row];
    if (line.length >= columns) {
      newLine();
      lines[row].push({ character, style });
    } else {
      line.push({ character, style });
    }
  }
  // The demo never writes into the middle of a line, so a new one is where the cursor is, too.
  function newLine() {
    row += 1;
    lines[row] ??= [];
  }
  function obey(count, command) {
    if (command === 'A') row = Math.max(0, row - Number(count || 1));
    else if (command === 'J') lines = [...lines.slice(0, row), []];
    else if (command === 'm') style = count === '0' ? '' : count;
    else throw new Error(`the screen does not know the escape sequence ${count}${command}`);
  }
  return {
    feed(text) {
      rest += text;
      for (;;) {
        const [whole, escape, count, command, character] =
          /^(?:(\u001b\[)(\d*)([A-Za-z])|([^\u001b]))/u.exec(rest) ?? [];
        if (whole === undefined) return;
        rest = rest.slice(whole.length);
        if (escape) obey(count, command);
        else if (character === '\n') newLine();
        else if (character !== '\r') put(character);
      }
    },
    /** What stands there now: lines of `{ character, style }`. */
    lines: () => lines.map((line) => [...line]),
  };
}

/** @returns {string} a screen without its colours */
export function textOf(lines) {
  return lines.map((line) => line.map(({ character }) => character).join('')).join('\n');
}

const styles = { 1: 'font-weight:700', 31: 'color:#ff7b72', 32: 'color:#56d364', 33: 'color:#e3b341' };

/** A page with one dark terminal window, `#window`. */
export function terminalPage(lines, title) {
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; background: #0d1117; }
    #window { display: inline-block; background: #0d1117; color: #e6edf3; }
    #title { padding: 9px; text-align: center; background: #21262d; color: #9198a1; font: 13px 'DejaVu Sans', sans-serif; }
    pre { margin: 0; padding: 18px 22px 22px; font: 14px/1.45 'DejaVu Sans Mono', monospace; }
  </style><div id="window"><div id="title">${escaped(title)}</div><pre>${withoutEdges(lines).map(lineHtml).join('\n')}</pre></div>`;
}

function withoutEdges(lines) {
  const filled = lines.map((line) => line.some(({ character }) => character !== ' '));
  return lines.slice(filled.indexOf(true), filled.lastIndexOf(true) + 1);
}

function lineHtml(line) {
  const runs = [];
  for (const { character, style } of line) {
    const last = runs.at(-1);
    if (last?.style === style) last.text += character;
    else runs.push({ style, text: character });
  }
  return runs.map(({ style, text }) => `<span style="${styleOf(style)}">${escaped(text)}</span>`).join('');
}

function styleOf(style) {
  if (style === '') return '';
  if (!(style in styles)) throw new Error(`the picture has no colour for the escape sequence ${style}m`);
  return styles[style];
}

function escaped(text) {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
