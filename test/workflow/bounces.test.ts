import { expect, it } from 'vitest';
import { debtContacts, type Contact } from '../../src/domain/contact.js';
import { DAY_MS, formatInstant } from '../../src/domain/time.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const contactOf = (role: Contact['role'], name: string): Contact => ({
  role,
  email: `${name}@acme.example`,
  name: null,
});
const people = [contactOf('billing', 'billing'), contactOf('owner', 'owner'), contactOf('other', 'desk')];
const [billing, owner, desk] = people.map(({ email }) => email);

/** From now on the account is as its contacts and their mail servers have it. */
function know(trial: Trial, contacts: readonly Contact[], bounced: readonly string[] = []): void {
  trial.accounts.put({ ...trial.account, contacts: debtContacts(contacts, bounced) });
}

/** The mail servers give back every notice that went to an address, and it is known. */
function giveBack(trial: Trial, bounced: readonly string[], contacts: readonly Contact[] = people): void {
  for (const { messageId, recipients } of trial.post.letters)
    for (const recipient of recipients)
      if (bounced.includes(recipient)) trial.claims.noteBounce(messageId, recipient);
  know(trial, contacts, bounced);
}

const sentTo = (trial: Trial) =>
  trial.post.letters.map(({ topic, recipients, at }) => [topic, recipients.join(), trial.dayOf(at)]);

describeInTime('a notice that bounced', ({ openInArrears: openAny }) => {
  async function openInArrears(contacts: readonly Contact[] = people): Promise<Trial> {
    const trial = await openAny();
    know(trial, contacts);
    return trial;
  }

  it('P-4 goes to the owner at once, and the pause keeps its day where its lead allows', async () => {
    const trial = await openInArrears();
    await trial.reach(1.2);
    giveBack(trial, [billing!]);
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(sentTo(trial)).toEqual([
      ['reminder', billing, 1],
      ['moved', owner, 1.2],
    ]);
    await trial.reach(11);
    expect(trial.told().slice(2)).toEqual([
      ['reminder', 4],
      ['reminder', 8],
      ['paused', 10],
    ]);
  });

  it('P-4 moves the pause when its full lead after the fresh notice ends later', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    giveBack(trial, [billing!]);
    await trial.signal('billingChanged');
    await trial.quiet();
    const fresh = trial.post.letters.at(-1)!;
    expect(fresh).toMatchObject({ topic: 'moved', recipients: [owner] });
    expect(pauseToldIn(fresh)).toBeGreaterThanOrEqual(fresh.at + 2 * DAY_MS - 1_000);
    await trial.reach(10.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(12);
    expect(trial.told().at(-1)).toEqual(['paused', 11]);
  });

  it('P-4 is found out at the pause that it was to announce, when no word of the bounce came', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    giveBack(trial, [billing!]);
    await trial.reach(10.1);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(sentTo(trial).at(-1)).toEqual(['moved', owner, 10]);
    await trial.reach(13);
    expect(trial.told().at(-1)).toEqual(['paused', 12]);
  });

  it('P-4 tries the other contacts one after another, then asks a person until a date, and takes nothing', async () => {
    const trial = await openInArrears();
    await trial.reach(1.1);
    for (const bounced of [[billing!], [billing!, owner!], [billing!, owner!, desk!]]) {
      giveBack(trial, bounced);
      await trial.signal('billingChanged');
      await trial.quiet();
    }
    expect(sentTo(trial).map(([, recipients]) => recipients)).toEqual([billing, owner, desk]);
    expect(trial.file().hold).toMatchObject({ of: 'remind', reason: 'no_recipient' });
    const asked = () => trial.file().findings.filter(({ kind }) => kind === 'no_recipient');
    const deadline = Date.parse(asked()[0]?.subject ?? '');
    expect(trial.dayOf(deadline)).toBeCloseTo(8, 0);
    expect(asked()[0]?.text).toContain(formatInstant(deadline));
    await trial.reach(7);
    expect(asked()).toHaveLength(1);
    await trial.reach(13);
    expect(asked(), 'it is asked again on day 8, 10 and 12: each time for the lead of two days').toHaveLength(
      4,
    );
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.told()).toHaveLength(3);
  });

  it('P-4 is told with its full lead as soon as a contact is added, and not before', async () => {
    const trial = await openInArrears([people[0]!]);
    await trial.reach(9);
    giveBack(trial, [billing!], [people[0]!]);
    await trial.signal('billingChanged');
    await trial.reach(11.01);
    expect(trial.file().hold).toMatchObject({ reason: 'no_recipient' });
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(trial.file().hold).toMatchObject({ reason: 'no_recipient' });
    giveBack(trial, [billing!], [people[0]!, contactOf('billing', 'new')]);
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(sentTo(trial).at(-1)).toEqual(['moved', 'new@acme.example', 11.01]);
    await trial.reach(12.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(13.1);
    expect(trial.told().at(-1)?.[0]).toBe('paused');
  });

  it('P-4 is told anew in one mail when a reminder is due just then', async () => {
    const trial = await openInArrears([people[0]!]);
    await trial.reach(2);
    giveBack(trial, [billing!], [people[0]!]);
    await trial.signal('billingChanged');
    await trial.reach(4.5);
    know(trial, people, [billing!]);
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(sentTo(trial)).toEqual([
      ['reminder', billing, 1],
      ['reminder', owner, 4.5],
    ]);
    await trial.reach(8.5);
    expect(sentTo(trial).slice(2)).toEqual([['reminder', owner, 8]]);
    expect(trial.file().owesNotice).toBeNull();
  });

  it('P-4 changes nothing of a pause that is done', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    const before = { told: trial.told(), access: trial.access(), calls: trial.target.calls.length };
    giveBack(trial, [billing!]);
    await trial.signal('billingChanged');
    await trial.reach(12);
    expect({ told: trial.told(), access: trial.access(), calls: trial.target.calls.length }).toEqual(before);
    expect(trial.file().stage).toBe('paused');
  });
});
