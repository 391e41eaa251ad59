import { readFileSync } from 'node:fs';
import { it } from 'vitest';
import { live } from './life-simulator.js';
import { diaryOf } from './life-sample.js';
it('x', () => { const t = JSON.parse(readFileSync('/tmp/ce.json','utf8')); const l = live(t); console.log(diaryOf(l)); console.log(JSON.stringify(l.file), JSON.stringify(l.ledger.restrictions), l.ledger.resourcesOff, new Date(l.endedAt).toISOString()); });
