import { formatInstant } from '../../domain/time.js';
import type { AlertChannel, AlertNews } from '../../ports/alerts.js';
import { cut, escapeText, postToSlack, section, type SlackHook, type SlackMessage } from './post.js';

export type SlackAlertsOptions = Pick<AlertChannel, 'name' | 'atLeast'> & SlackHook;

/** Tells a channel of Slack by an incoming webhook. */
export function createSlackAlerts({ name, atLeast, ...hook }: SlackAlertsOptions): AlertChannel {
  return { name, atLeast, tell: (news) => postToSlack(hook, messageOf(news)) };
}

const marks = { page: ':rotating_light:', warning: ':warning:', resolved: ':white_check_mark:' } as const;

function messageOf(news: AlertNews): SlackMessage {
  const { key, severity, title, text, remedy, state } = news;
  const mark = state === 'resolved' ? 'resolved' : severity;
  return {
    text: cut(escapeText(`[${mark}] ${title}`)),
    blocks: [
      section(`${marks[mark]} *${escapeText(title)}*\n${escapeText(text)}`),
      ...(state === 'firing' ? [section(`*What to do:* ${escapeText(remedy)}`)] : []),
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: cut(`${mark} · ${escapeText(key)} · ${whenOf(news)}`) }],
      },
    ],
  };
}

function whenOf({ state, since, at }: AlertNews): string {
  return state === 'firing'
    ? `since ${formatInstant(since)}`
    : `from ${formatInstant(since)} to ${formatInstant(at)}`;
}
