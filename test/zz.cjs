"use strict";
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));

// src/domain/ids.ts
var asAccountId = (value) => value;
var asCaseId = (value) => value;
var asCustomerId = (value) => value;
var asInvoiceId = (value) => value;
var asSubscriptionId = (value) => value;
var asApprovalId = (value) => value;
var asPolicyVersion = (value) => value;

// src/domain/time.ts
var SECOND_MS = 1e3;
var MINUTE_MS = 60 * SECOND_MS;
var HOUR_MS = 60 * MINUTE_MS;
var DAY_MS = 24 * HOUR_MS;
function formatInstant(at, seconds2 = false) {
  return `${new Date(at).toISOString().slice(0, seconds2 ? 19 : 16).replace("T", " ")} UTC`;
}
function formatDuration(ms) {
  const [unitMs, unit] = ms >= DAY_MS ? [DAY_MS, "days"] : ms >= HOUR_MS ? [HOUR_MS, "h"] : ms >= MINUTE_MS ? [MINUTE_MS, "min"] : [SECOND_MS, "s"];
  return `${Math.round(ms / unitMs * 100) / 100} ${unit}`;
}

// test/simulation/agenda.ts
var isBefore = (a, b) => a.at < b.at || a.at === b.at && a.order < b.order;
function createAgenda() {
  const heap = [];
  let count = 0;
  function sinkLast(last) {
    let place = 0;
    for (; ; ) {
      const left = 2 * place + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === void 0) break;
      const isOther = other !== void 0 && isBefore(other, one);
      const child = isOther ? other : one;
      if (!isBefore(child, last)) break;
      heap[place] = child;
      place = isOther ? left + 1 : left;
    }
    heap[place] = last;
  }
  return {
    get size() {
      return heap.length;
    },
    enter(at, what) {
      const entry = { at, order: count += 1, what };
      let place = heap.length;
      while (place > 0) {
        const above = heap[place - 1 >> 1];
        if (above === void 0 || !isBefore(entry, above)) break;
        heap[place] = above;
        place = place - 1 >> 1;
      }
      heap[place] = entry;
    },
    next() {
      const first = heap[0];
      const last = heap.pop();
      if (first === void 0 || last === void 0) return null;
      if (heap.length > 0) sinkLast(last);
      return first;
    }
  };
}

// src/domain/breaker.ts
var breakerKinds = [
  "notice",
  "limit",
  "pause",
  "revoke",
  "dispute_suspend",
  "decommission"
];
function breakerOf(step) {
  switch (step) {
    case "remind":
      return "notice";
    case "limit":
    case "pause":
    case "decommission":
      return step;
    case "restrict":
      return "revoke";
    case "ask":
    case "retry":
    case "unrestrict":
    case "lift":
    case "close":
      return null;
  }
}
var isTaking = (kind) => kind !== "notice";
function ruleBreaker(rules, kind, state) {
  if (state.tripped) return { ruling: "open" };
  const trip = meaningless(rules, kind, state);
  if (trip !== null) return trip;
  const waiting = canary(rules, state);
  if (waiting !== null) return waiting;
  const { bounds } = rules;
  for (const span of ["hour", "day"]) {
    const most = mostOf(bounds[kind][span], state.census, span, rules.tolerance);
    if (state[span] < most) continue;
    if (state.allowance > 0) return { ruling: "pass", byAllowance: true };
    return {
      ruling: "trip",
      cause: span,
      detail: `${state[span]} in the last ${span}, at most ${most} are allowed${state.census === null ? ": nobody knows how many accounts there are" : ""}`
    };
  }
  return { ruling: "pass", byAllowance: false };
}
function mostOf({ most, share, floor }, census, span, tolerance) {
  if (census === null || census.paying === 0 || most === 0 || share === 0) return 0;
  const usual = Math.max(Math.min(most, Math.floor(share * census.paying)), Math.min(most, floor));
  return Math.max(usual, Math.floor(census.forecast[span] * (1 + tolerance)));
}
function meaningless(rules, kind, state) {
  if (!isTaking(kind) || state.census === null) return null;
  const { selected, vetoed, tolerance } = rules;
  const { asked, census } = state;
  const expected = Math.floor(census.forecast.day * (1 + tolerance));
  const most = Math.max(selected.least, Math.floor(selected.share * census.paying), expected);
  const trip = (cause, detail) => ({ ruling: "trip", cause, detail });
  if (asked > most)
    return trip("selected", `${asked} accounts of ${census.paying} at once, at most ${most} are plausible`);
  if (asked >= vetoed.least && state.vetoed > vetoed.share * asked)
    return trip("vetoed", `${state.vetoed} of ${asked} accounts turned out to owe nothing`);
  return alike(rules, state, census);
}
function alike({ alike: rule }, { countries }, census) {
  const newest = countries.slice(0, rule.least);
  if (newest.length < rule.least) return null;
  const home = (country) => (census.countries[country] ?? 0) / Math.max(1, census.paying);
  for (const country of new Set(newest)) {
    if (country === null) continue;
    const count = newest.filter((one) => one === country).length;
    if (count > rule.share * newest.length && home(country) <= rule.home) {
      const detail = `${count} of the last ${newest.length} accounts are of ${country}, as ${Math.round(home(country) * 100)} % of all are`;
      return { ruling: "trip", cause: "alike", detail };
    }
  }
  return null;
}
function canary({ canary: { sizes, lookMs } }, { batch, now }) {
  const isBetweenGroups = sizes.some((_, n2) => batch.count === sum(sizes.slice(0, n2 + 1)));
  if (!isBetweenGroups) return null;
  const lookedAt = (batch.lastAt ?? now) + lookMs;
  if (batch.open === 0 && now >= lookedAt) return null;
  return { ruling: "wait", until: now < lookedAt ? lookedAt : now + lookMs };
}
var sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
var bound = (most, share, floor) => ({ most, share, floor });
var usualBreakers = {
  bounds: {
    notice: { hour: bound(1e3, 0.02, 20), day: bound(5e3, 0.06, 50) },
    limit: { hour: bound(200, 5e-3, 10), day: bound(1e3, 0.015, 25) },
    pause: { hour: bound(100, 5e-3, 5), day: bound(500, 0.01, 20) },
    revoke: { hour: bound(50, 5e-3, 10), day: bound(200, 0.01, 30) },
    dispute_suspend: { hour: bound(50, 25e-4, 5), day: bound(200, 5e-3, 10) },
    decommission: { hour: bound(10, 1e-3, 2), day: bound(50, 25e-4, 5) }
  },
  canary: { quietMs: 6 * HOUR_MS, lookMs: MINUTE_MS, sizes: [1, 5] },
  selected: { share: 0.02, least: 20 },
  vetoed: { share: 0.2, least: 10 },
  alike: { share: 0.8, least: 10, home: 0.5 },
  tolerance: 0.1
};

// test/simulation/breaker-book.ts
var newPage = () => ({
  tripped: false,
  allowance: 0,
  claimed: [],
  from: 0,
  batch: [],
  lastAt: null,
  asked: /* @__PURE__ */ new Map(),
  countries: [],
  released: []
});
function newBook(paying, homes, dice) {
  const pages = Object.fromEntries(breakerKinds.map((kind) => [kind, newPage()]));
  return { rules: drawRules(dice), paying, homes, pages };
}
function drawRules(dice) {
  const { bounds } = usualBreakers;
  const draw = dice.next();
  if (draw < 0.6) return usualBreakers;
  const tight = { most: dice.whole(1, 4), share: 0.01, floor: 10 };
  const none2 = { most: 0, share: 0.5, floor: 5 };
  if (draw < 0.8) return { ...usualBreakers, bounds: { ...bounds, pause: { ...bounds.pause, hour: tight } } };
  return { ...usualBreakers, bounds: { ...bounds, decommission: { hour: none2, day: none2 } } };
}
function ruleOnAct(core, book, kind, who, now) {
  const page = book.pages[kind];
  noteAsked(page, who.index, false, now);
  const ruling = core.ruleBreaker(book.rules, kind, stateOf(book, page, who.country, now));
  if (ruling.ruling === "trip") page.tripped = true;
  if (ruling.ruling === "pass" && ruling.byAllowance) page.allowance -= 1;
  return ruling;
}
function noteAsked({ asked }, index, vetoed, now) {
  asked.delete(index);
  asked.set(index, { at: now, vetoed });
  for (const [other, { at }] of asked) {
    if (at > now - HOUR_MS) break;
    asked.delete(other);
  }
}
function stateOf(book, page, country, now) {
  const { claimed, asked } = page;
  while ((claimed[page.from] ?? Infinity) <= now - DAY_MS) page.from += 1;
  let hour = 0;
  while ((claimed[claimed.length - 1 - hour] ?? -Infinity) > now - HOUR_MS) hour += 1;
  if (page.lastAt !== null && now - page.lastAt > book.rules.canary.quietMs) page.batch = [];
  let [open, vetoed] = [0, 0];
  for (const { outcome } of page.batch) open += Number(outcome === null);
  for (const one of asked.values()) vetoed += Number(one.vetoed);
  return {
    now,
    tripped: page.tripped,
    hour,
    day: claimed.length - page.from,
    batch: { count: page.batch.length, open, lastAt: page.lastAt },
    asked: asked.size,
    vetoed,
    countries: [country, ...page.countries],
    census: { paying: book.paying, countries: book.homes, forecast: { hour: 0, day: 0 } },
    allowance: page.allowance
  };
}
var mostCountries = 20;
var mostInBatch = 10;
function noteClaimed(book, kind, effect, country) {
  const page = book.pages[kind];
  page.claimed.push(effect.claimedAt);
  page.lastAt = effect.claimedAt;
  if (page.batch.length < mostInBatch) page.batch.push(effect);
  page.countries = [country, ...page.countries].slice(0, mostCountries);
}
function release({ pages }, kind, allowance, now) {
  const page = pages[kind];
  page.tripped = false;
  page.allowance += allowance;
  page.batch = [];
  page.asked.clear();
  page.countries = [];
  page.released.push({ at: now, allowance });
}

// src/domain/restrictions.ts
var accessLevels = [
  "active",
  "grace_period",
  "read_only",
  "suspended",
  "revoked_pending",
  "revoked",
  "decommissioned"
];
function accessUnder(restrictions) {
  const strongest2 = Math.max(0, ...restrictions.map((r) => rank(r.access)));
  return accessLevels[strongest2] ?? "decommissioned";
}
function impose(restrictions, added) {
  const standing = restrictions.find((r) => r.reason === added.reason);
  if (standing !== void 0 && !isHarder(added, standing)) return restrictions;
  const since = standing?.since ?? added.since;
  return [...without(restrictions, added.reason), { ...added, since }].sort(
    (a, b) => a.reason < b.reason ? -1 : 1
  );
}
var isHarder = (added, standing) => rank(added.access) > rank(standing.access) || added.access === standing.access && (added.until ?? Infinity) > (standing.until ?? Infinity);
var rank = (access) => accessLevels.indexOf(access);
function without(restrictions, reason) {
  return restrictions.filter((r) => r.reason !== reason);
}

// test/simulation/ledger.ts
var newLedger = () => ({
  fence: 0,
  liftedAt: null,
  restrictions: [],
  fallback: null,
  exemption: null,
  forgiven: [],
  effects: [],
  told: [],
  orders: [],
  approvals: /* @__PURE__ */ new Map(),
  audit: []
});
function effectOf({ effects }, caseId, { step, round }) {
  for (let n2 = effects.length - 1; n2 >= 0; n2 -= 1) {
    const effect = effects[n2];
    if (effect?.act.step === step && effect.act.round === round && effect.caseId === caseId) return effect;
  }
  return null;
}
function evidenceOf(core, ledger, file, act2, known) {
  const { now, standing, policy, frozen, sightedAt } = known;
  const asked = act2.step === "decommission" ? ledger.approvals.get(act2.approval) : void 0;
  const ofCase = ledger.told.filter(({ caseId }) => caseId === file.id);
  return {
    now,
    standing,
    policy,
    frozen,
    sightedAt,
    step: act2.step,
    topic: act2.step === "remind" ? act2.topic : null,
    mode: "enforce",
    anchorAt: act2.step === "remind" && act2.topic === "confirm" ? null : file.anchorAt,
    terms: { forgiven: ledger.forgiven, agreement: file.agreement },
    exemption: ledger.exemption,
    liftedAt: ledger.liftedAt,
    notice: core.warningOf(ofCase, act2.step, ledger.liftedAt),
    approval: asked ?? null
  };
}
function grant(core, ledger, file, act2, evidence) {
  const { now } = evidence;
  const known = effectOf(ledger, file.id, act2);
  ledger.restrictions = core.applyChange(ledger.restrictions, changeOf(act2), now);
  ledger.fallback = core.fallbackAfter(ledger.fallback, core.fallbackChangeOf(act2), {
    ...evidence,
    granted: false
  });
  ledger.fence += 1;
  if (givesBack(act2)) ledger.liftedAt = now;
  if (known !== null) {
    known.fence = ledger.fence;
    return known;
  }
  const effect = {
    caseId: file.id,
    act: act2,
    claimedAt: now,
    fence: ledger.fence,
    outcome: null,
    settledAt: null
  };
  ledger.effects.push(effect);
  note(core, ledger, "intent", effect, now);
  return effect;
}
var givesBack = ({ step }) => step === "lift" || step === "close";
function note(core, { audit: audit2 }, kind, { caseId, act: act2 }, at) {
  core.append(audit2, { position: audit2.length + 1, kind, effect: `${caseId}/${act2.step}/${act2.round}`, at });
}
var impose2 = (reason, access, until = null) => ({
  impose: { reason, access, owner: "forbear", evidence: "", ...until !== null && { until } }
});
function changeOf(act2) {
  switch (act2.step) {
    case "remind":
      return act2.topic === "confirm" ? null : impose2("nonpayment", "grace_period");
    case "limit":
      return impose2("nonpayment", "read_only");
    case "pause":
      return impose2("nonpayment", "suspended");
    case "decommission":
      return impose2("nonpayment", "decommissioned");
    case "restrict":
      return impose2("manual", act2.access, act2.until);
    case "unrestrict":
      return { lift: ["manual"] };
    case "lift":
      if (act2.from === "fallback") return null;
      return act2.leaves === "ended" ? { lift: ["nonpayment"], ...impose2("ended", "suspended") } : { lift: ["nonpayment", "ended"] };
    case "close":
      return { lift: ["nonpayment"] };
    case "ask":
    case "retry":
      return null;
  }
}
function settle(core, ledger, effect, ending) {
  const { at, untold, caveat, approval: approval2 } = ending;
  const outcome = core.outcomeOf(
    {
      evidence: "",
      ...caveat !== null && { caveat },
      ...untold && { untold },
      ...approval2 !== null && { approval: approval2 }
    },
    at
  );
  close(core, ledger, effect, outcome, at);
  if (!untold) {
    for (const promise of promisesIn(effect.act))
      ledger.told.push({ ...promise, caseId: effect.caseId, acceptedAt: at });
  }
  if (givesBack(effect.act)) ledger.liftedAt = at;
  for (const other of ledger.effects) {
    const isOpen3 = other.outcome === null && other.caseId === effect.caseId;
    if (isOpen3 && core.isUndoneBy(other.act.step, effect.act.step))
      close(core, ledger, other, { status: "interrupted" }, at);
  }
  return outcome;
}
function close(core, ledger, effect, outcome, at) {
  effect.outcome = outcome;
  effect.settledAt = at;
  note(core, ledger, "outcome", effect, at);
}
var promisesIn = (act2) => act2.step === "remind" || act2.step === "limit" || act2.step === "pause" ? act2.promises : [];
function ask(ledger, caseId, round, expiresAt) {
  const id = asApprovalId(`${caseId}/${round}`);
  const asked = ledger.approvals.get(id) ?? {
    id,
    planHash: `plan-of-${id}`,
    summary: "all of it",
    expiresAt,
    approved: null
  };
  ledger.approvals.set(id, asked);
  return { id, planHash: asked.planHash, summary: asked.summary, expiresAt: asked.expiresAt };
}
function keepOrder(core, ledger, { id, change: change2, at }) {
  if (ledger.orders.includes(id)) return;
  ledger.orders.push(id);
  core.append(ledger.audit, { position: ledger.audit.length + 1, kind: "order", effect: id, at });
  if (change2 === null) return;
  if ("exemption" in change2) ledger.exemption = change2.exemption;
  else if ("forgiven" in change2) ledger.forgiven = change2.forgiven;
  else {
    const asked = ledger.approvals.get(change2.decision.approval);
    if (asked !== void 0) asked.approved ??= change2.decision.approved;
  }
}

// test/simulation/truth.ts
var isWithin = (span, at) => span !== null && span.from <= at && at < span.to;
var spanAt = (spans, at) => {
  for (const span of spans) if (isWithin(span, at)) return span;
  return null;
};
var subscription = asSubscriptionId("sub_1");
var invoiceOf = (index) => asInvoiceId(`in_${index}`);
var states = ["live", "ended", "unknown"];
var listed = states.map((state) => [{ id: subscription, state }]);
var none = [];
var noticeMs = DAY_MS;
var isOpen = ({ overdueAt, paidAt }, at) => overdueAt - noticeMs <= at && at < paidAt;
function standingOf({ debts, ended }, at, stampedAt, spoilt, isOver) {
  const state = spoilt === "unknown" ? 2 : isOver || isWithin(ended, at) ? 1 : 0;
  const invoices = [];
  for (const debt2 of debts) if (isOpen(debt2, at)) invoices.push(factOf(debt2, at));
  return {
    readAt: stampedAt,
    complete: spoilt !== "cut",
    subscriptions: listed[state] ?? [],
    invoices: spoilt === "cut" ? invoices.slice(1) : invoices,
    credits: none,
    stuckDrafts: none,
    doubtful: none
  };
}
function factOf(debt2, at) {
  const { id, amountMinor, overdueAt, collection, inFlight, confirming } = debt2;
  const isSent = collection === "sent";
  const hasFailed = !isSent && overdueAt <= at;
  return {
    id,
    number: null,
    subscription,
    currency: "eur",
    remainingMinor: amountMinor,
    collection: isSent ? "sent" : "automatic",
    attempted: hasFailed,
    dueAt: isSent ? overdueAt : null,
    firstFailedAt: hasFailed ? overdueAt : null,
    finalizedAt: overdueAt - HOUR_MS,
    processingSince: inFlight !== null && isWithin(inFlight, at) ? inFlight.from : null,
    confirmationSince: confirming !== null && isWithin(confirming, at) ? confirming.from : null,
    payUrl: null,
    untried: null,
    idleDefault: null
  };
}

// test/simulation/faults.ts
var longestDelayMs = 9 * DAY_MS;
var longestStaleMs = 3e4;
function drawFaults(dice, startAt, healAt) {
  const upTo = (most) => dice.chance(0.25) ? 0 : dice.next() * most;
  const rates = {
    doubled: upTo(0.5),
    dropped: upTo(0.3),
    delayed: upTo(0.3),
    neverRaised: upTo(0.1),
    forged: upTo(0.02),
    testMode: upTo(0.05),
    stripeFails: upTo(0.15),
    readsStale: upTo(0.5),
    listsCut: upTo(0.1),
    valuesUnknown: upTo(0.05),
    lostAfterCommit: upTo(0.1),
    notSerialised: upTo(0.1),
    cloudFails: upTo(0.15),
    executedThenFails: upTo(0.15),
    vanishes: upTo(0.02),
    killed: upTo(0.02),
    mailFails: upTo(0.15),
    twice: upTo(0.1),
    stalls: upTo(0.1),
    doubleClicks: upTo(0.5)
  };
  return { rates, spells: drawSpells(dice, startAt, healAt), healAt };
}
function drawSpells(dice, startAt, healAt) {
  const spell = (longestMs) => {
    const from = startAt + dice.next() * (healAt - startAt);
    return { from: Math.round(from), to: Math.round(Math.min(healAt, from + dice.next() * longestMs)) };
  };
  const some = (chance, longestMs) => dice.chance(chance) ? [spell(longestMs), spell(longestMs / 4)] : [];
  const skew = () => dice.whole(-10 * MINUTE_MS, 10 * MINUTE_MS);
  return {
    workersDown: some(0.3, dice.chance(0.2) ? 30 * DAY_MS : DAY_MS),
    intakeDown: some(0.4, DAY_MS),
    wrongSecret: some(0.2, 2 * DAY_MS),
    stripeDown: some(0.4, 12 * HOUR_MS),
    frozen: some(0.3, 3 * DAY_MS),
    blind: some(0.3, 12 * HOUR_MS),
    skewed: dice.chance(0.25) ? { ...spell(3 * DAY_MS), caseMs: skew(), workerMs: skew() } : null
  };
}
var noFaults = (startAt) => ({
  rates: drawFaults({ next: () => 0, chance: () => true, whole: (least) => least, pick: ([one]) => one }, startAt, startAt).rates,
  spells: {
    workersDown: [],
    intakeDown: [],
    wrongSecret: [],
    stripeDown: [],
    frozen: [],
    blind: [],
    skewed: null
  },
  healAt: startAt
});
function endOf(spells, at) {
  const spell = spanAt(spells, at);
  return spell === null ? at : endOf(spells, spell.to);
}

// test/simulation/world.ts
var isUnwell = ({ now, faults }) => now < faults.healAt;
var strikes = (world, rate) => isUnwell(world) && world.dice.chance(rate);

// test/simulation/reading.ts
function readStripe(world, subject) {
  const { now, dice, faults } = world;
  const { rates, spells } = faults;
  if (spanAt(spells.stripeDown, now) !== null || strikes(world, rates.stripeFails)) return null;
  const asOf = strikes(world, rates.readsStale) ? now - dice.whole(0, longestStaleMs) : now;
  const spoilt = strikes(world, rates.listsCut) ? "cut" : strikes(world, rates.valuesUnknown) ? "unknown" : null;
  const { skewed } = spells;
  const stampedAt = skewed !== null && isWithin(skewed, now) ? now + skewed.workerMs : now;
  const standing = standingOf(subject.truth, asOf, stampedAt, spoilt, subject.isCollectionOver);
  return { standing, asOf, spoilt };
}

// test/simulation/acts.ts
function beginAct(world, subject, file, act2) {
  const attempt = attemptOf(file, act2, false);
  if (strikes(world, world.faults.rates.twice)) {
    const ghost = attemptOf(file, act2, true);
    world.agenda.enter(world.now + world.dice.whole(0, 3 * MINUTE_MS), { kind: "act", subject, attempt: ghost });
  }
  return attempt;
}
var attemptOf = (file, act2, isGhost) => ({
  act: act2,
  file,
  isGhost,
  tries: 0,
  stage: "read",
  standing: null,
  readTrulyAt: 0,
  asOf: 0,
  spoilt: null,
  fence: 0,
  cursor: 0,
  untold: false,
  caveat: null
});
var interrupted = { status: "interrupted" };
function stepAct(world, subject, attempt) {
  for (; ; ) {
    if (isStopped(subject, attempt)) return interrupted;
    const step = stages[attempt.stage](world, subject, attempt);
    if ("outcome" in step) return step.outcome;
    if ("failed" in step) {
      if (attempt.isGhost) return interrupted;
      const ended = tryAgain(world, subject, attempt, step.failed);
      return ended;
    }
    attempt.stage = step.go;
    if ("waitMs" in step) {
      world.agenda.enter(world.now + step.waitMs, { kind: "act", subject, attempt });
      return null;
    }
  }
}
function isStopped({ mailbox }, { act: act2, isGhost, tries, stage }) {
  if (isGhost || mailbox.length === 0 || tries === 0 && stage === "read") return false;
  const isOrdered = mailbox.some(({ kind }) => kind === "order");
  if (act2.step === "restrict") return isOrdered;
  const isTaking3 = act2.step === "limit" || act2.step === "pause" || act2.step === "decommission";
  return isTaking3 && (isOrdered || mailbox.some(({ kind }) => kind === "payment"));
}
var mostTries = 4;
function tryAgain(world, subject, attempt, code) {
  attempt.tries += 1;
  const { step } = attempt.act;
  const isSaid = step === "remind" || step === "ask" || step === "close" || step === "retry";
  const isNotice = isSaid || attempt.act.step === "lift" && attempt.act.leaves === "ended";
  if (isNotice && attempt.tries >= mostTries) return { status: "failed", code };
  const longestMs = step === "lift" || step === "unrestrict" ? 15 * SECOND_MS : 10 * MINUTE_MS;
  const waitMs = Math.min(SECOND_MS * 2 ** attempt.tries, longestMs);
  attempt.stage = "read";
  world.agenda.enter(world.now + waitMs, { kind: "act", subject, attempt });
  return null;
}
var readsItself = (act2) => act2.step !== "lift" && act2.step !== "unrestrict" && act2.step !== "restrict" && act2.step !== "close";
function read(world, subject, attempt) {
  const { act: act2 } = attempt;
  attempt.readTrulyAt = world.now;
  attempt.standing = null;
  const readsForPlan = act2.step === "close" || act2.step === "lift" && act2.leaves === "ended";
  if (!readsItself(act2) && !readsForPlan) return { go: "claim" };
  if (readsForPlan && subject.policy.fallbackPlan === null) return { go: "claim" };
  const reading = readStripe(world, subject);
  if (reading === null) return readsForPlan ? { go: "claim" } : { failed: "BILLING_UNAVAILABLE" };
  const standing = world.core.judgedOn(reading.standing, subject.known);
  Object.assign(attempt, { standing, asOf: reading.asOf, spoilt: reading.spoilt });
  if (act2.step === "remind" && act2.promises.some(({ at }) => at <= standing.readAt))
    return { outcome: { status: "held", reason: "promise_outdated", until: standing.readAt } };
  if (strikes(world, world.faults.rates.stalls)) return { waitMs: world.dice.whole(1, 5 * MINUTE_MS), go: "claim" };
  return { go: "claim" };
}
function claim(world, subject, attempt) {
  const { core, faults, now } = world;
  const { act: act2, file } = attempt;
  if (strikes(world, faults.rates.notSerialised)) return { failed: "DATABASE" };
  const { ledger } = subject;
  const known = effectOf(ledger, file.id, act2);
  if (known?.outcome != null && core.isSettled(known.settledAt)) return { outcome: known.outcome };
  const blind2 = spanAt(faults.spells.blind, now);
  const circumstances = {
    now,
    standing: attempt.standing,
    policy: subject.policy,
    frozen: spanAt(faults.spells.frozen, now) !== null,
    sightedAt: blind2 === null ? now : blind2.from
  };
  const evidence = evidenceOf(core, ledger, file, act2, circumstances);
  const judgement = core.judge(evidence);
  compareWithObserving(world, subject, attempt, evidence, judgement);
  const before = ledger.restrictions;
  const kind = core.breakerOf(act2.step);
  if (judgement.ruling !== "grant") {
    if (kind !== null && judgement.ruling === "void")
      noteAsked(world.breakers.pages[kind], subject.index, true, now);
    noteClaim(world, subject, attempt, judgement.ruling, judgement.ruling === "hold" ? judgement.reason : null);
    if (judgement.ruling === "void") return { outcome: { status: "not_owed" } };
    return { outcome: { status: "held", reason: judgement.reason, until: judgement.until } };
  }
  const ruling = kind === null || known !== null ? null : ruleOnAct(core, world.breakers, kind, subject, now);
  if (kind !== null && ruling !== null && ruling.ruling !== "pass") {
    if (ruling.ruling === "trip")
      world.agenda.enter(now + world.dice.whole(HOUR_MS / 4, 8 * HOUR_MS), { kind: "release", breaker: kind });
    noteClaim(world, subject, attempt, "hold", "frozen", ruling.ruling);
    const until = ruling.ruling === "wait" ? ruling.until : null;
    return { outcome: { status: "held", reason: "frozen", until } };
  }
  const effect = grant(core, ledger, file, act2, evidence);
  if (kind !== null && known === null) noteClaimed(world.breakers, kind, effect, subject.country);
  attempt.fence = effect.fence;
  attempt.cursor = 0;
  noteClaim(world, subject, attempt, "grant", null, ruling?.ruling ?? null, known === null, before);
  return strikes(world, faults.rates.lostAfterCommit) ? { failed: "DATABASE" } : { go: "calls" };
}
function compareWithObserving({ core, now }, subject, { act: act2, fence }, evidence, enforced) {
  if ((now + fence) % 8 !== 0) return;
  const observed = core.judge({ ...evidence, mode: "observe" });
  const isObserving = observed.ruling === "hold" && observed.reason === "observing";
  const isAlike = observed.ruling === enforced.ruling && !isObserving;
  const isHeldInstead = isObserving && enforced.ruling !== "void";
  if (!isAlike && !isHeldInstead)
    subject.marks.push({ kind: "found", at: now, what: "unequal", text: `${act2.step}: ${enforced.ruling} enforced, ${observed.ruling} observed` });
}
function noteClaim({ now }, { marks: marks2, ledger }, { act: act2, file, standing, readTrulyAt, asOf, spoilt, isGhost }, ruling, reason, breaker = null, isFirst = false, before = ledger.restrictions) {
  marks2.push({
    kind: "claim",
    at: now,
    readAt: readTrulyAt,
    stampedAt: standing?.readAt ?? null,
    asOf,
    spoilt,
    caseId: file.id,
    anchorAt: file.anchorAt,
    shiftMs: file.shiftMs,
    act: act2,
    ruling,
    reason,
    breaker,
    isFirst,
    isGhost,
    before,
    after: ledger.restrictions
  });
}
function whatItDoes({ ledger }, act2) {
  switch (act2.step) {
    case "limit":
      return "lock";
    case "pause":
      return "off";
    case "decommission":
      return "delete";
    case "restrict":
      return act2.access === "suspended" ? "off" : "lock";
    case "lift":
    case "unrestrict": {
      if (act2.step === "lift" && act2.leaves === "ended") return null;
      const left = accessLevels.indexOf(accessUnder(ledger.restrictions));
      return left >= accessLevels.indexOf("suspended") ? null : "back";
    }
    case "remind":
    case "ask":
    case "retry":
    case "close":
      return null;
  }
}
function calls(world, subject, attempt) {
  const { core, faults, dice } = world;
  const what = whatItDoes(subject, attempt.act);
  if (what === null) return { go: "tell" };
  for (const resource of core.find(subject).slice(attempt.cursor)) {
    if (!core.isNewest(subject.ledger, attempt.fence)) return { outcome: interrupted };
    if (strikes(world, faults.rates.cloudFails)) return { failed: "TARGET_UNAVAILABLE" };
    touch(world, subject, attempt, resource, what);
    if (strikes(world, faults.rates.executedThenFails)) return { failed: "TARGET_UNAVAILABLE" };
    attempt.cursor += 1;
    if (dice.chance(0.1)) return { waitMs: dice.whole(SECOND_MS, 2 * MINUTE_MS), go: "calls" };
  }
  if (what === "delete") subject.isCollectionOver = true;
  return { go: "tell" };
}
function touch(world, subject, { fence }, resource, what) {
  const { core, now } = world;
  if (strikes(world, world.faults.rates.vanishes)) vanish(resource);
  if (resource.isGone || what === "back" && resource.kept === null) return;
  subject.marks.push({ kind: "call", at: now, what, resource, fence, newest: subject.ledger.fence });
  if (what === "back") {
    const stays = accessLevels.indexOf(accessUnder(subject.ledger.restrictions));
    resource.size = resource.kept ?? resource.size;
    if (stays >= accessLevels.indexOf("read_only")) return;
    resource.isLocked = false;
    resource.kept = null;
    return;
  }
  if (what === "delete") return vanish(resource);
  if (resource.kept === null || core.recordsAgain) resource.kept = resource.size;
  resource.isLocked = true;
  if (what === "off") resource.size = 0;
}
function vanish(resource) {
  resource.isGone = true;
  resource.size = 0;
  resource.kept = null;
}
var tellsOf = (act2) => act2.step !== "restrict" && act2.step !== "unrestrict" && act2.step !== "retry";
function tell(world, subject, attempt) {
  const { act: act2, file } = attempt;
  const isWholeLift = act2.step === "lift" && act2.leaves !== "ended";
  if (!tellsOf(act2) || isWholeLift) return { go: "settle" };
  if (!world.core.isNewest(subject.ledger, attempt.fence)) return { outcome: interrupted };
  const isDeed = act2.step === "limit" || act2.step === "pause" || act2.step === "decommission";
  const { rates } = world.faults;
  if (strikes(world, rates.mailFails)) {
    attempt.untold = isDeed;
    return isDeed ? { go: "settle" } : { failed: "MAIL_UNAVAILABLE" };
  }
  const isSettled = effectOf(subject.ledger, file.id, act2)?.outcome != null;
  subject.marks.push({ kind: "mail", at: world.now, act: act2, caseId: file.id, isSettled });
  attempt.untold = false;
  if (!isDeed && strikes(world, rates.executedThenFails)) return { failed: "MAIL_UNAVAILABLE" };
  return { go: "settle" };
}
function settleAct(world, subject, attempt) {
  const { core, now, faults } = world;
  const { act: act2, file } = attempt;
  const effect = effectOf(subject.ledger, file.id, act2);
  if (effect === null) return { failed: "DATABASE" };
  if (effect.outcome !== null && core.isSettled(effect.settledAt)) return { outcome: effect.outcome };
  if (effect.fence !== attempt.fence) return { outcome: interrupted };
  const asked = act2.step === "ask" ? askFor(world, subject, attempt) : null;
  const { untold, caveat } = attempt;
  const outcome = settle(core, subject.ledger, effect, { at: now, untold, caveat, approval: asked });
  subject.marks.push({ kind: "settle", at: now, act: act2, caseId: file.id, outcome });
  return strikes(world, faults.rates.lostAfterCommit) ? { failed: "DATABASE" } : { outcome };
}
function askFor(world, { ledger, policy, ...subject }, { act: act2, file, standing }) {
  const expiresAt = (standing?.readAt ?? world.now) + (policy.decommission?.approvalMs ?? 0);
  const asked = ask(ledger, file.id, act2.round, expiresAt);
  const { dice, now, faults } = world;
  const self = world.subjects[subject.index];
  if (self === void 0 || dice.chance(0.05)) return asked;
  const at = now + (dice.chance(0.1) ? dice.whole(0, 5 * 24 * HOUR_MS) : dice.whole(MINUTE_MS, 24 * HOUR_MS));
  const wish = { kind: "decide", approved: dice.chance(0.9), plan: asked.id };
  world.agenda.enter(at, { kind: "wish", subject: self, wish });
  if (dice.chance(faults.rates.doubleClicks))
    world.agenda.enter(at + dice.whole(0, 2 * SECOND_MS), { kind: "wish", subject: self, wish });
  return asked;
}
var stages = { read, claim, calls, tell, settle: settleAct };

// test/simulation/cases.ts
var policyVersion = asPolicyVersion("v1");
var newRun = () => ({
  life: null,
  isKnown: true,
  seen: null,
  mustRead: false,
  acting: null,
  token: 0,
  clock: -Infinity,
  reading: null,
  lookTries: 0,
  stillTurns: 0,
  turnedAt: -Infinity
});
function wake(world, subject, token) {
  const { run } = subject;
  if (run === null || run.token !== token || run.acting !== null) return;
  const upAt = endOf(world.faults.spells.workersDown, world.now);
  if (upAt > world.now) wakeAt(world, subject, run, upAt);
  else goOn(world, subject, run);
}
function wakeSoon(world, subject) {
  subject.run ??= newRun();
  const { acting } = subject.run;
  if (acting === null) wakeAt(world, subject, subject.run, world.now + 50);
  else world.agenda.enter(world.now + 2 * SECOND_MS, { kind: "act", subject, attempt: acting });
}
function wakeAt(world, subject, run, at) {
  run.token += 1;
  const wokenAt = endOf(world.faults.spells.workersDown, at);
  world.agenda.enter(wokenAt, { kind: "wake", subject, token: run.token });
}
function clockOf({ now, faults }, run) {
  const { skewed } = faults.spells;
  const shown = skewed !== null && isWithin(skewed, now) ? now + skewed.caseMs : now;
  run.clock = Math.max(run.clock, shown);
  return run.clock;
}
var viewOf = (messages) => ({
  put: () => void 0,
  drain: () => [],
  waiting: messages.length > 0,
  ordered: messages.some(({ kind }) => kind === "order"),
  contained: messages.some((m) => m.kind === "order" && m.request.kind === "restrict"),
  pressing: messages.some(({ kind }) => kind === "order" || kind === "payment")
});
var mostTurns = 60;
function isStuck({ now }, subject, run) {
  if (now - run.turnedAt > MINUTE_MS) {
    run.turnedAt = now;
    run.stillTurns = 0;
  }
  run.stillTurns += 1;
  if (run.stillTurns <= mostTurns) return false;
  const { act: act2 = null, wakeAt: until, file } = run.life ?? {};
  const text2 = JSON.stringify({ act: act2, until, hold: file?.hold, manual: file?.manual });
  subject.marks.push({ kind: "found", at: now, what: "livelock", text: text2 });
  subject.run = null;
  subject.mailbox.length = 0;
  return true;
}
function goOn(world, subject, run) {
  const { core } = world;
  for (; ; ) {
    if (subject.run !== run || isStuck(world, subject, run)) return;
    const messages = subject.mailbox.splice(0);
    const clock = clockOf(world, run);
    run.mustRead = !run.isKnown || core.mustLook(run.life, messages, clock);
    if (run.mustRead && !look(world, subject, run, messages, clock)) return;
    if (!run.mustRead) run.seen = null;
    if (run.life === null) run.life = beginLife(world, subject);
    const { life, answers } = core.takeIn(core.catchUp(run.life, run.seen, clock), messages, clock);
    run.life = tell2(world, subject, core.decide(life, run.seen, clock));
    noteLook(world, subject, run, life.file, clock);
    answers.forEach((say) => say());
    run.isKnown = true;
    if (!act(world, subject, run)) return;
    if (!goesRound(world, subject, run)) return;
  }
}
function goesRound(world, subject, run) {
  const { life } = run;
  if (life === null) return true;
  run.isKnown &&= !run.mustRead || run.seen !== null && run.seen.standing !== null;
  if (life.file.closedAt !== null) {
    run.life = null;
    if (subject.mailbox.length > 0) return true;
    subject.run = null;
    return false;
  }
  if (life.act !== null || !run.isKnown || subject.mailbox.length > 0) return true;
  wakeAt(world, subject, run, world.now + Math.max(1, life.wakeAt - run.clock));
  return false;
}
function caseIdOf({ run, saved }) {
  if (run?.life != null) return run.life.file.id;
  return saved !== null && saved.closedAt === null ? saved.id : null;
}
function look(world, subject, run, messages, clock) {
  const reading = readStripe(world, subject);
  const tracks = tracksFor(world, subject);
  if (reading !== null) {
    run.lookTries = 0;
    run.seen = { standing: reading.standing, tracks, beginning: null };
    subject.known = reading.standing;
    run.reading = reading;
    return true;
  }
  const mailbox = viewOf(messages);
  const { life } = run;
  if (life === null || life.standing === null) {
    if (mailbox.contained) {
      run.seen = { standing: null, tracks, beginning: null };
      return true;
    }
  } else if (mailbox.ordered || world.core.givesBackAt(life.file) <= clock) {
    run.seen = null;
    return true;
  }
  subject.mailbox.unshift(...messages);
  run.lookTries += 1;
  wakeAt(world, subject, run, world.now + Math.min(SECOND_MS * 2 ** run.lookTries, 10 * MINUTE_MS));
  return false;
}
function tracksFor({ core }, subject) {
  const { ledger, resources } = subject;
  const caseId = caseIdOf(subject);
  const effects = [];
  for (const { act: act2, caseId: of, settledAt } of ledger.effects)
    if (of === caseId) effects.push({ step: act2.step, round: act2.round, settled: settledAt !== null });
  const tracks = core.tracksOf(effects, { ...ledger, granted: false });
  return { ...tracks, resourcesOff: resources.some(({ kept }) => kept !== null) };
}
function beginLife({ core }, subject) {
  const { saved, policy, id } = subject;
  const isOpen3 = saved !== null && saved.closedAt === null;
  const undecided = { policy, account: { ref: id, name: id }, act: null, wakeAt: 0, next: null, standing: null, orders: [] };
  if (isOpen3) return { ...undecided, file: saved };
  const caseId = asCaseId(`${subject.index}.${subject.caseCount += 1}`);
  const file = { ...core.newCaseFile(caseId, subject.id, policyVersion), agreement: saved?.agreement ?? null };
  return { ...undecided, file };
}
function tell2({ core }, subject, life) {
  const { file, orders } = life;
  for (const order2 of orders) keepOrder(core, subject.ledger, order2);
  if (file.openedAt !== null) subject.saved = file;
  subject.stages.add(file.stage);
  return orders.length === 0 ? life : { ...life, orders: [] };
}
function noteLook({ now }, subject, run, before, clock) {
  const { seen, reading, life } = run;
  if (seen?.standing == null || reading === null || life === null) return;
  const { asOf, spoilt } = reading;
  subject.marks.push({ kind: "look", at: now, clock, asOf, spoilt, before, after: life.file, act: life.act });
}
function act(world, subject, run) {
  const { core } = world;
  while (run.life?.act != null && run.isKnown) {
    if (core.mustWait(run.life.act, viewOf(subject.mailbox), run.seen)) return true;
    const attempt = beginAct(world, subject, run.life.file, run.life.act);
    const outcome = stepAct(world, subject, attempt);
    if (outcome === null) {
      run.acting = attempt;
      return false;
    }
    takeOutcome(world, subject, run, attempt.act, outcome);
    if (subject.run !== run) return false;
  }
  return true;
}
function takeOutcome(world, subject, run, done2, outcome) {
  const { core, faults } = world;
  if (run.life === null) return;
  if (strikes(world, faults.rates.killed)) {
    subject.run = null;
    subject.mailbox.length = 0;
    return;
  }
  run.isKnown = servesOn(world, done2, outcome);
  run.life = tell2(world, subject, core.decideAfter(run.life, done2, outcome, clockOf(world, run)));
}
var brakes = ["observing", "frozen", "intake_blind", "no_recipient"];
function servesOn({ core }, done2, outcome) {
  return outcome.status === "held" && brakes.includes(outcome.reason) || core.servesOn(done2, outcome);
}
function resumeAct(world, subject, attempt) {
  const { run } = subject;
  const upAt = endOf(world.faults.spells.workersDown, world.now);
  if (attempt.isGhost) {
    if (upAt === world.now) stepAct(world, subject, attempt);
    return;
  }
  if (run?.acting !== attempt) return;
  if (upAt > world.now) {
    attempt.stage = "read";
    world.agenda.enter(upAt, { kind: "act", subject, attempt });
    return;
  }
  const outcome = stepAct(world, subject, attempt);
  if (outcome === null) return;
  run.acting = null;
  takeOutcome(world, subject, run, attempt.act, outcome);
  if (subject.run !== run) return;
  if (act(world, subject, run) && goesRound(world, subject, run)) goOn(world, subject, run);
}

// src/domain/effect.ts
var takingSteps = ["limit", "pause", "decommission"];
var allSteps = [
  "remind",
  ...takingSteps,
  "ask",
  "retry",
  "restrict",
  "unrestrict",
  "lift",
  "close"
];
function roundsBy(count) {
  return {
    remind: count("remind"),
    limit: count("limit"),
    pause: count("pause"),
    decommission: count("decommission"),
    ask: count("ask"),
    retry: count("retry"),
    restrict: count("restrict"),
    unrestrict: count("unrestrict"),
    lift: count("lift"),
    close: count("close")
  };
}
var lastingFailures = [
  "UNKNOWN_ACCOUNT",
  "UNKNOWN_POLICY",
  "BILLING_REFUSED",
  "TARGET_REFUSED",
  "NOT_OFFERED",
  "MAIL_REFUSED"
];
var isLasting = (code) => lastingFailures.includes(code);

// src/domain/case-file.ts
function newCaseFile(id, account, policyVersion2) {
  return {
    id,
    account,
    policyVersion: policyVersion2,
    stage: "watching",
    openedAt: null,
    closedAt: null,
    firstAnchorAt: null,
    anchorAt: null,
    owed: [],
    subscriptions: [],
    exposed: false,
    rung: 0,
    rounds: roundsBy(() => 0),
    lastStepAt: null,
    told: [],
    taken: null,
    ended: false,
    owesNotice: null,
    approval: null,
    manual: null,
    agreement: null,
    exemption: null,
    forgiven: [],
    granted: false,
    confirmationAsked: [],
    retried: [],
    liftWanted: false,
    shiftMs: 0,
    orders: [],
    hold: null,
    recheckAt: null,
    findings: [],
    remarks: []
  };
}
var mostRemarks = 20;
function remark(file, at, text2) {
  return { ...file, remarks: [...file.remarks, { at, text: text2 }].slice(-mostRemarks) };
}
function find(file, finding) {
  const isKnown = file.findings.some((f) => f.kind === finding.kind && f.subject === finding.subject);
  if (isKnown) return file;
  const findings = [...file.findings, finding].slice(-mostRemarks);
  return remark({ ...file, findings, openedAt: file.openedAt ?? finding.at }, finding.at, finding.text);
}
function toldOf(file, step) {
  return file.told.find((told) => told.step === step) ?? null;
}

// src/domain/calendar.ts
var longestSearchDays = 400;
function offsetAt({ offsets }, at) {
  let offset = offsets[0]?.[1] ?? 0;
  for (const [from, ms] of offsets) if (from <= at) offset = ms;
  return offset;
}
function instantOf(almanac, localMs) {
  const { offsets } = almanac;
  const shown = offsets.map(([, ms]) => localMs - ms).filter((at) => at + offsetAt(almanac, at) === localMs);
  if (shown.length > 0) return Math.max(...shown);
  const skipped = offsets.flatMap(([from, ms], index) => {
    const beforeMs = offsets[index - 1]?.[1] ?? ms;
    return from + beforeMs <= localMs && localMs < from + ms ? [localMs - beforeMs] : [];
  });
  return skipped[0] ?? localMs;
}
function later(almanac, at, ms) {
  if (almanac === null || !Number.isFinite(at)) return at + ms;
  const days = Math.floor(ms / DAY_MS);
  const local = at + offsetAt(almanac, at) + days * DAY_MS;
  return instantOf(almanac, local) + (ms - days * DAY_MS);
}
var isOpenDay = ({ weekdays, closed: closed2 }, day) => (
  // 1970-01-01 was a Thursday.
  weekdays.includes(((day + 4) % 7 + 7) % 7) && !closed2.some(([first, last]) => first <= day && day <= last)
);
function isOpen2(almanac, at) {
  return almanac === null || firstOpen(almanac, at) === at;
}
function firstOpen(almanac, at) {
  if (almanac === null || !Number.isFinite(at)) return at;
  const local = at + offsetAt(almanac, at);
  const today = Math.floor(local / DAY_MS);
  const { fromMs, toMs } = almanac.hours ?? { fromMs: 0, toMs: DAY_MS };
  const isToday = local - today * DAY_MS < toMs;
  for (let day = isToday ? today : today + 1; day <= today + longestSearchDays; day += 1) {
    if (!isOpenDay(almanac, day)) continue;
    const opensAt = instantOf(almanac, day * DAY_MS + fromMs);
    return day === today ? Math.max(at, opensAt) : opensAt;
  }
  return at + longestSearchDays * DAY_MS;
}

// src/domain/agreement.ts
function isKept({ instalments }, remainingMinor, now) {
  return instalments.every(
    ({ dueAt, mostRemainingMinor }) => now <= dueAt || remainingMinor <= mostRemainingMinor
  );
}
function nextInstalmentAt({ instalments }, now) {
  return instalments.find(({ dueAt }) => dueAt >= now)?.dueAt ?? null;
}

// src/domain/money.ts
var withoutDecimals = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "));
var withThreeDecimals = new Set("bhd jod kwd omr tnd".split(" "));
function formatMoney({ currency, amountMinor }) {
  const digits = withoutDecimals.has(currency) ? 0 : withThreeDecimals.has(currency) ? 3 : 2;
  return `${(amountMinor / 10 ** digits).toFixed(digits)} ${currency.toUpperCase()}`;
}
function sumByCurrency(sums) {
  const totals = /* @__PURE__ */ new Map();
  for (const { currency, amountMinor } of sums) {
    totals.set(currency, (totals.get(currency) ?? 0) + amountMinor);
  }
  return [...totals].sort(([a], [b]) => a < b ? -1 : 1).map(([currency, amountMinor]) => ({ currency, amountMinor }));
}

// src/domain/standing.ts
var leftOver = "left_over";
var unreadStanding = (at) => ({
  readAt: at,
  complete: false,
  subscriptions: [],
  invoices: [],
  credits: [],
  stuckDrafts: [],
  doubtful: []
});
var isUnread = ({ complete, subscriptions, invoices }) => !complete && subscriptions.length === 0 && invoices.length === 0;
var noTerms = { forgiven: [], agreement: null };
function clockOf2(invoice, policy) {
  if (invoice.dueAt !== null) return invoice.dueAt;
  const failedAt = failureOf(invoice, policy);
  const isUntried = invoice.collection === "automatic" && !invoice.attempted;
  if (isUntried) return failedAt;
  const [first, second] = policy.clock === "finalisation" ? [invoice.finalizedAt, failedAt] : [failedAt, invoice.finalizedAt];
  return first ?? second ?? void 0;
}
function failureOf({ firstFailedAt, confirmationSince }, policy) {
  if (firstFailedAt !== null) return firstFailedAt;
  return confirmationSince === null ? null : confirmationSince + policy.confirmationMs;
}
var isWithin2 = (since, longestMs, now) => since !== null && now - since < longestMs;
function assess(standing, policy, now, terms = noTerms) {
  const debts = debtsIn(standing, terms);
  const isInFlight = (i) => isWithin2(i.processingSince, policy.longestProcessingMs, now);
  const isConfirmable = (i) => isWithin2(i.confirmationSince, policy.confirmationMs, now);
  const isOverdue = (i) => (clockOf2(i, policy) ?? Infinity) <= now;
  const agreed = coveredBy(terms.agreement, debts, now);
  const open = debts.filter((i) => isOverdue(i) || isConfirmable(i));
  const pressing = open.filter((i) => !agreed.includes(i) && !isInFlight(i) && !isConfirmable(i));
  const owed = aboveThreshold(pressing, policy);
  const counted = within(owed, pressing);
  const waiting = within(aboveThreshold(open, policy), open);
  const confirmable = waiting.filter((i) => isConfirmable(i) && !agreed.includes(i));
  const clocks = counted.map((i) => clockOf2(i, policy) ?? now);
  const verdict = (() => {
    if (isUnclear(standing, debts, policy)) return "unclear";
    if (owed.length > 0) return isCovered(owed, standing.credits) ? "covered" : "owing";
    if (waiting.some((i) => isOverdue(i) && isInFlight(i) && !agreed.includes(i))) return "in_flight";
    if (confirmable.length > 0) return "unconfirmed";
    return waiting.some((i) => agreed.includes(i)) ? "promised" : "clear";
  })();
  const oldestAt = clocks.length > 0 ? Math.min(...clocks) : null;
  return { verdict, owed, overdue: counted, oldestAt, confirmable };
}
var within = (sums, invoices) => invoices.filter((i) => sums.some((sum3) => sum3.currency === i.currency));
function debtsIn({ invoices, subscriptions }, { forgiven }) {
  const state = new Map(subscriptions.map((s) => [s.id, s.state]));
  return invoices.filter(
    (i) => i.remainingMinor > 0 && !forgiven.includes(i.id) && (i.subscription === null || state.get(i.subscription) !== "incomplete")
  );
}
function isUnclear(standing, debts, policy) {
  const known = new Set(standing.subscriptions.map((s) => s.id));
  return !standing.complete || standing.subscriptions.some((s) => s.state === "unknown") || // Somebody else may owe it. Where nobody owes anything it does not matter who.
  debts.length > 0 && standing.doubtful.length > 0 || debts.some(
    (i) => clockOf2(i, policy) === void 0 || // A subscription that began between the two lists may be one that never begins: its invoice proves nothing yet.
    i.subscription !== null && !known.has(i.subscription)
  );
}
function coveredBy(agreement, debts, now) {
  if (agreement === null) return [];
  const covered = debts.filter((i) => agreement.invoices.includes(i.id));
  const remainingMinor = covered.reduce((sum3, i) => sum3 + i.remainingMinor, 0);
  return isKept(agreement, remainingMinor, now) ? covered : [];
}
function lastingAgreement(standing, terms, now) {
  const covered = coveredBy(terms.agreement, debtsIn(standing, terms), now);
  return covered.length === 0 ? null : terms.agreement;
}
function isCovered(owed, credits) {
  return owed.every(
    ({ currency, amountMinor }) => (credits.find((credit) => credit.currency === currency)?.amountMinor ?? 0) >= amountMinor
  );
}
function aboveThreshold(invoices, policy) {
  const sums = invoices.map((i) => ({ currency: i.currency, amountMinor: i.remainingMinor }));
  return sumByCurrency(sums).filter((sum3) => sum3.amountMinor > (policy.thresholdsMinor[sum3.currency] ?? 0));
}
function isServiceOver({ complete, subscriptions }) {
  const comesBack = ["live", "unpaid", "unknown"];
  const states2 = subscriptions.map(({ state }) => state);
  return complete && states2.includes("ended") && !states2.some((state) => comesBack.includes(state));
}
function owesForLostService(standing, terms) {
  const { complete, subscriptions } = standing;
  if (!complete || subscriptions.some(({ state }) => state === "live" || state === "unknown")) return false;
  const lost = subscriptions.filter(({ state }) => state === "unpaid" || state === "ended");
  return debtsIn(standing, terms).some(({ subscription: subscription2 }) => lost.some(({ id }) => id === subscription2));
}
function hasLiveSubscription(standing) {
  return standing.subscriptions.some((s) => s.state === "live");
}

// src/domain/timetable.ts
function ladderOf({ reminders, limit, pause, decommission: decommission2 }) {
  const rungs = reminders.map(({ afterMs: afterMs2 }) => ({ step: "remind", afterMs: afterMs2 }));
  if (limit !== null) rungs.push({ step: "limit", ...limit });
  if (pause !== null) {
    const { afterMs: afterMs2, leadMs, immediate: immediate2 } = pause;
    rungs.push({ step: "pause", afterMs: immediate2 ? 0 : afterMs2, leadMs: immediate2 ? 0 : leadMs });
  }
  rungs.sort((a, b) => a.afterMs - b.afterMs);
  if (pause?.immediate === true)
    rungs.sort((a, b) => Number(b.step === "pause") - Number(a.step === "pause"));
  if (decommission2 === null) return rungs;
  const { afterMs, retentionMs } = decommission2;
  return [
    ...rungs,
    { step: "final", afterMs },
    { step: "decommission", afterMs: afterMs + retentionMs, leadMs: retentionMs }
  ];
}
var stopsTheClock = [
  "payment_in_flight",
  "instalments_agreed",
  "credit_covers_debt",
  "exempt"
];
function resumeClock(file, now) {
  const { hold: hold4, anchorAt } = file;
  if (hold4 === null || hold4.of !== null) return file;
  const isGiven = stopsTheClock.includes(hold4.reason) && anchorAt !== null && anchorAt <= hold4.since;
  return { ...file, hold: null, shiftMs: file.shiftMs + (isGiven ? now - hold4.since : 0) };
}
function rungAfter(policy, step) {
  return ladderOf(policy).findIndex((rung) => rung.step === step) + 1;
}
function firstTakingRung(policy) {
  const index = ladderOf(policy).findIndex(isTaking2);
  return index < 0 ? ladderOf(policy).length : index;
}
var isTaking2 = (rung) => "leadMs" in rung;
function leadOf(policy, step) {
  return ladderOf(policy).find((rung) => rung.step === step)?.leadMs ?? 0;
}
function dueOf(file, policy, index, notBefore) {
  const rung = ladderOf(policy)[index];
  if (rung === void 0) return Infinity;
  const before = index > file.rung ? dueOf(file, policy, index - 1, notBefore) : file.lastStepAt ?? -Infinity;
  return openFor(rung, policy, Math.max(dayOf(file, policy, rung), before + policy.dwellMs, notBefore));
}
function openFor({ step }, { almanac, pause }, at) {
  return step === "pause" && pause?.immediate === true ? at : firstOpen(almanac, at);
}
function dayOf({ anchorAt, firstAnchorAt, shiftMs, exposed }, policy, rung) {
  if (anchorAt === null || firstAnchorAt === null) return Infinity;
  const afterMs = exposed ? pacedMs(policy, rung) : rung.afterMs;
  const { almanac, longestEpisodeMs } = policy;
  const latest = later(almanac, firstAnchorAt, afterMs + longestEpisodeMs);
  return Math.min(later(almanac, anchorAt, afterMs), latest) + shiftMs;
}
function pacedMs({ exposure, retryWindowMs }, { step, afterMs }) {
  const paced = afterMs * (exposure?.pace ?? 1);
  return step === "remind" ? paced : Math.max(paced, Math.min(afterMs, retryWindowMs));
}
function announced(file, policy) {
  const ladder = ladderOf(policy);
  const final = ladder.findIndex(({ step }) => step === "final");
  return ladder.flatMap(
    (rung, index) => isTaking2(rung) && rung.leadMs > 0 && index >= file.rung && (rung.step !== "decommission" || file.rung > final) ? [{ rung, index }] : []
  );
}
function lagOf(file, policy, now) {
  const next = nextStepOf(file, policy, now);
  const nextRung = ladderOf(policy)[file.rung];
  if (next === null || nextRung === void 0) return 0;
  const nextLag = Math.max(next.at, now) - dayOf(file, policy, nextRung);
  const lags = announced(file, policy).map(({ rung, index }) => {
    const told = promiseOf(file, policy, rung, index, now);
    return Math.max(told.at, dueOf(file, policy, index, now)) - dayOf(file, policy, rung);
  });
  return Math.max(nextLag, ...lags);
}
function promisesAreOutdated(file, policy, now) {
  return announced(file, policy).some(({ rung, index }) => isOutdated(file, policy, rung, index, now));
}
function isOutdated(file, policy, { step, leadMs }, index, now) {
  const told = toldOf(file, step);
  if (told === null) return false;
  const moved = dueOf(file, policy, index, -Infinity) > told.at + leadMs / 4;
  const passedAt = Math.max(told.at, told.acceptedAt + leadMs);
  return moved || now > passedAt + leadMs;
}
function promisesToMake(file, policy, now) {
  return announced(file, policy).map(({ rung, index }) => promiseOf(file, policy, rung, index, now)).filter(({ at }) => at > now);
}
function promiseOf(file, policy, rung, index, now) {
  const { step, leadMs } = rung;
  const at = dueOf(file, policy, index, now);
  const told = toldOf(file, step);
  const isTenable = (date) => index === file.rung || date > now && date >= at - leadMs / 4;
  if (told !== null && isTenable(told.at) && !isOutdated(file, policy, rung, index, now)) {
    return { step, at: told.at };
  }
  return { step, at: openFor(rung, policy, Math.max(at, now + leadMs)) };
}
function deletionToPromise(file, policy, now) {
  const index = ladderOf(policy).findIndex(({ step }) => step === "decommission");
  const retentionMs = policy.decommission?.retentionMs ?? 0;
  const at = Math.max(dueOf(file, policy, index, now), now + retentionMs);
  return { step: "decommission", at: firstOpen(policy.almanac, at) };
}
function isTold(file, policy) {
  const rung = ladderOf(policy)[file.rung];
  return rung === void 0 || !isTaking2(rung) || rung.leadMs === 0 || toldOf(file, rung.step) !== null;
}
function nextStepOf(file, policy, now) {
  return file.anchorAt === null ? null : stepAt(file, policy, file.rung, now);
}
function stepAt(file, policy, index, now) {
  const rung = ladderOf(policy)[index];
  if (rung === void 0) return null;
  const dueAt = dueOf(file, policy, index, -Infinity);
  const open = (at) => ({
    step: rung.step,
    at: at < now && !isOpen2(policy.almanac, now) ? openFor(rung, policy, now) : openFor(rung, policy, at)
  });
  if (!isTaking2(rung) || rung.leadMs === 0) return open(dueAt);
  const told = toldOf(file, rung.step);
  if (told === null && index > file.rung) return open(dueAt);
  const toldAt = told?.at ?? now + rung.leadMs;
  const warnedAt = (told?.acceptedAt ?? now) + rung.leadMs;
  return open(Math.max(dueAt, toldAt, warnedAt));
}

// src/domain/judge.ts
var longestBlindMs = 10 * MINUTE_MS;
var longestStandingAgeMs = 60 * SECOND_MS;
var hold = (reason, until = null) => ({
  ruling: "hold",
  reason,
  until
});
var grant2 = { ruling: "grant" };
function judge(evidence) {
  switch (evidence.step) {
    case "lift":
    case "unrestrict":
    case "close":
      return grant2;
    case "restrict":
      return brakes2(evidence) ?? grant2;
    case "retry":
      return debt(evidence) ?? observing(evidence) ?? grant2;
    case "remind":
    case "ask":
      return debt(evidence) ?? brakes2(evidence) ?? blind(evidence) ?? exempt(evidence) ?? grant2;
    case "limit":
    case "pause":
      return debt(evidence) ?? brakes2(evidence) ?? blind(evidence) ?? exempt(evidence) ?? warning(evidence, evidence.step) ?? calendar(evidence) ?? grant2;
    case "decommission":
      return debt(evidence) ?? brakes2(evidence) ?? blind(evidence) ?? exempt(evidence) ?? warning(evidence, evidence.step) ?? calendar(evidence) ?? approval(evidence) ?? grant2;
  }
}
function debt({ standing, policy, terms, now, liftedAt, topic, anchorAt }) {
  if (standing === null) return hold("standing_unclear");
  if (liftedAt !== null && liftedAt >= standing.readAt)
    return hold("standing_stale", now + longestStandingAgeMs);
  if (Math.abs(now - standing.readAt) > longestStandingAgeMs)
    return hold("standing_stale", now + longestStandingAgeMs);
  const { verdict, oldestAt } = assess(standing, policy, now, terms);
  if (topic === "confirm" && verdict === "unconfirmed") return null;
  const judgement = byVerdict(verdict);
  if (judgement !== null) return judgement;
  const isYounger = anchorAt !== null && oldestAt !== null && oldestAt > anchorAt;
  return isYounger ? hold("standing_changed") : null;
}
function byVerdict(verdict) {
  switch (verdict) {
    case "owing":
      return null;
    case "clear":
      return { ruling: "void" };
    case "in_flight":
      return hold("payment_in_flight");
    case "unconfirmed":
      return hold("confirmation_awaited");
    case "promised":
      return hold("instalments_agreed");
    case "covered":
      return hold("credit_covers_debt");
    case "unclear":
      return hold("standing_unclear");
  }
}
function brakes2({ mode, frozen }) {
  if (mode === "observe") return hold("observing");
  return frozen ? hold("frozen") : null;
}
function blind({ sightedAt, now }) {
  const isSighted = sightedAt !== null && now - sightedAt <= longestBlindMs;
  return isSighted ? null : hold("intake_blind", now + longestBlindMs);
}
var observing = ({ mode }) => mode === "observe" ? hold("observing") : null;
function exempt({ exemption, now }) {
  return exemption !== null && now < exemption.until ? hold("exempt", exemption.until) : null;
}
function warning({ notice, policy, now }, step) {
  if (policy[step] === null) return hold("notice_missing");
  const leadMs = leadOf(policy, step);
  if (leadMs === 0 && step !== "decommission") return null;
  if (notice === null) return hold("notice_missing");
  const earliest = Math.max(notice.promisedAt, notice.acceptedAt + leadMs);
  if (now < earliest) return hold("notice_too_recent", earliest);
  return now > earliest + leadMs ? hold("promise_outdated", now) : null;
}
function calendar({ policy, step, now }) {
  if (step === "pause" && policy.pause?.immediate === true) return null;
  const openAt = firstOpen(policy.almanac, now);
  return openAt > now ? hold("closed_now", openAt) : null;
}
function approval({ approval: found, now }) {
  if (found === null || found.approved === null) return hold("approval_missing");
  if (!found.approved) return hold("rejected");
  return now < found.expiresAt ? null : hold("approval_expired");
}

// src/domain/fallback.ts
function fallbackChangeOf(act2) {
  switch (act2.step) {
    case "limit":
    case "pause":
    case "decommission":
      return "falls";
    case "lift":
      return fallbackLeftBy[act2.leaves];
    case "close":
      return act2.topic === "paid_but_ended" ? "falls" : "stays";
    case "remind":
    case "ask":
    case "retry":
    case "restrict":
    case "unrestrict":
      return "stays";
  }
}
var fallbackLeftBy = { nothing: "returns", fallback: "stays", ended: "falls" };
function fallbackAfter(known, change2, evidence) {
  switch (change2) {
    case "stays":
      return known;
    case "returns":
      return null;
    case "falls":
      return mayFall(evidence) && isLost(evidence) ? evidence.policy.fallbackPlan ?? known : known;
  }
}
function mayFall({ mode, frozen, exemption, granted, now }) {
  const isExempt = exemption !== null && now < exemption.until;
  return mode === "enforce" && !frozen && !isExempt && !granted;
}
function isLost({ step, standing, terms, now }) {
  if (standing === null || Math.abs(now - standing.readAt) > longestStandingAgeMs) return false;
  const isTaking3 = takingSteps.some((taking) => taking === step);
  return isTaking3 ? owesForLostService(standing, terms) : isServiceOver(standing);
}

// src/domain/orders.ts
function ruleOn(file, request, context) {
  if (request.reason.trim() === "") return { refusal: "reason is missing: say why" };
  if (file.closedAt !== null) return { refusal: "the case is closed" };
  switch (request.kind) {
    case "extendGrace":
      return extend(file, request, context);
    case "exempt":
      return request.invoices.length > 0 ? forgive(file, request, context) : exempt2(file, request, context);
    case "approve":
    case "reject":
      return decide(file, request, context);
    case "restrict":
      return restrict(file, request, context);
    case "lift":
      return lift(file, request, context);
    case "promise":
      return agree(file, request, context);
    case "recheck":
      return take(file, request, context, "a look at Stripe was asked for", {}, null);
    case "reissuePolicy":
      return take(
        file,
        request,
        context,
        "the policy of today was asked for",
        { rulesWanted: true, recheckAt: context.now + 1 },
        null
      );
  }
}
function takeOrder(file, request, context) {
  if (file.orders.includes(request.id)) return { file, record: null, refusal: null };
  const ruling = ruleOn(file, request, context);
  if ("record" in ruling) return { ...ruling, refusal: null };
  const text2 = `${request.kind} by ${request.by} refused: ${ruling.refusal}`;
  return { file: remark(file, context.now, text2), record: null, refusal: ruling.refusal };
}
var mostOrders = 50;
function take(file, { id, kind, by, reason }, { now }, text2, changes, change2) {
  const orders = [...file.orders, id].slice(-mostOrders);
  const hold4 = file.hold === null || file.hold.of === "lift" || file.hold.of === null ? file.hold : null;
  const manual = file.manual === null ? null : { ...file.manual, retryAt: null };
  const taken2 = { ...file, openedAt: file.openedAt ?? now, hold: hold4, manual, orders, ...changes };
  return {
    file: remark(taken2, now, `${text2} by ${by}: ${reason}`),
    record: { id, kind, by, reason, at: now, text: text2, change: change2 }
  };
}
function extend(file, request, context) {
  const { policy, now } = context;
  const { days, until } = request;
  if (days === void 0 === (until === void 0)) return { refusal: "give either days or until" };
  const counted = withTimeCounted(file, now);
  const next = nextStepOf(counted, policy, now);
  if (next === null && (file.anchorAt !== null || days === void 0))
    return { refusal: "no step is to come that could be moved" };
  const byMs = days === void 0 ? (until ?? NaN) - Math.max(next?.at ?? now, now) : Math.round(days * DAY_MS);
  if (Number.isNaN(byMs))
    return { refusal: `until is not a date: write it as ${new Date(now).toISOString()}` };
  if (!(byMs > 0)) return { refusal: "an extension only gives time: it must end after the next step is due" };
  if (byMs > policy.longestExtensionMs) {
    return {
      refusal: `longer than the policy allows: at most ${policy.longestExtensionMs / DAY_MS} days at a time`
    };
  }
  const { shiftMs, hold: hold4 } = counted;
  const moved = { shiftMs: shiftMs + byMs + lagOf(counted, policy, now) };
  const known = { ...file, hold: hold4 };
  return take(known, request, context, `grace extended by ${formatDuration(byMs)}`, moved, null);
}
function withTimeCounted(file, now) {
  const resumed = resumeClock(file, now);
  if (file.hold === null || resumed.hold !== null) return resumed;
  return { ...resumed, hold: { ...file.hold, since: now } };
}
function exempt2(file, request, context) {
  const { until, by, reason } = request;
  if (until === null) {
    if (file.exemption === null) return { refusal: "there is no exemption that could end" };
    return take(file, request, context, "exemption ended", { exemption: null }, { exemption: null });
  }
  if (!(until > context.now)) return { refusal: "an exemption needs a date in the future on which it ends" };
  const exemption = { until, by, reason };
  const text2 = `exempt from enforcement until ${formatInstant(until)}`;
  return take(file, request, context, text2, { exemption }, { exemption });
}
var isUnread2 = ({ standing }) => standing === null || !standing.complete;
var unread = "Stripe could not be read yet: ask again in a moment";
function forgive(file, request, context) {
  const open = new Set(context.standing?.invoices.map(({ id }) => id) ?? []);
  const unknown = request.invoices.find((id) => !open.has(id));
  if (unknown !== void 0)
    return { refusal: isUnread2(context) ? unread : `${unknown} is no open invoice of this account` };
  const forgiven = [.../* @__PURE__ */ new Set([...file.forgiven, ...request.invoices])];
  const text2 = `forgiven: ${request.invoices.join(", ")}`;
  return take(file, request, context, text2, { forgiven }, { forgiven });
}
var shortestPlanName = 8;
function decide(file, request, context) {
  const { approval: approval2 } = file;
  const { plan, by, reason, kind } = request;
  if (approval2 === null) return { refusal: "no deletion waits for approval" };
  if (approval2.decision !== null) {
    const was = approval2.decision.approved ? "approved" : "rejected";
    return { refusal: `it was ${was} by ${approval2.decision.by} already` };
  }
  if (context.now >= approval2.expiresAt)
    return { refusal: "the request has expired: it will be asked for again" };
  if (!names(approval2, plan))
    return { refusal: `that is another plan: the one that waits is ${approval2.planHash.slice(0, 8)}` };
  const approved = kind === "approve";
  const decision = { approved, by, reason, at: context.now };
  const text2 = `deletion (${approval2.summary}) ${approved ? "approved" : "rejected"}`;
  const change2 = { decision: { approval: approval2.id, approved } };
  return take(file, request, context, text2, { approval: { ...approval2, decision } }, change2);
}
var names = ({ id, planHash }, plan) => plan === id || plan.length >= shortestPlanName && planHash.startsWith(plan.toLowerCase());
function restrict(file, request, context) {
  const { access, by, reason, until } = request;
  if (until !== null && !(until > context.now)) return { refusal: "until must lie in the future" };
  const standing = file.manual;
  const isLess = (one) => isWeaker(access, one) || one.state !== "ending" && endsEarlier(until, one);
  if (standing !== null && isLess(standing))
    return { refusal: `it is ${standing.access} by hand${endOf2(standing)}: lift that first` };
  const manual = { access, by, reason, until, state: "wanted", retryAt: null };
  return take(file, request, context, `${access} by hand ordered${endOf2(manual)}`, { manual }, null);
}
var isWeaker = (access, standing) => access === "read_only" && standing.access === "suspended";
var endsEarlier = (until, standing) => (until ?? Infinity) < (standing.until ?? Infinity);
var endOf2 = ({ until }) => until === null ? "" : ` until ${formatInstant(until)}`;
function lift(file, request, context) {
  if (request.restriction === "manual") {
    if (file.manual === null) return { refusal: "nothing was restricted by hand" };
    const manual = { ...file.manual, state: "ending", retryAt: null };
    return take(file, request, context, "end of the restriction by hand ordered", { manual }, null);
  }
  if (file.taken === null) return { refusal: "nothing is taken away for non-payment" };
  if (file.ended) return { refusal: "the subscription has ended: the account needs a new one, or a grant" };
  if (file.taken.step === "decommission" && file.taken.settled)
    return { refusal: "it was deleted: nothing is left to give back" };
  const holdsOff = file.exemption !== null || file.agreement !== null;
  if (context.policy.pause?.immediate === true && !holdsOff)
    return {
      refusal: "the policy pauses at once: exempt the account, or agree on instalments, and then lift"
    };
  return take(file, request, context, "lift without payment ordered", { liftWanted: true }, null);
}
var mostInstalments = 24;
function agree(file, request, context) {
  const { standing, policy, now } = context;
  const { instalments, id, by, reason } = request;
  const terms = { forgiven: file.forgiven, agreement: null };
  const overdue = standing === null ? [] : assess(standing, policy, now, terms).overdue;
  const currencies = new Set(overdue.map(({ currency: currency2 }) => currency2));
  const [currency] = currencies;
  if (currency === void 0)
    return { refusal: isUnread2(context) ? unread : "nothing is overdue that could be paid in instalments" };
  if (currencies.size > 1)
    return { refusal: "what is owed is in several currencies: one agreement can\u2019t cover it" };
  if (instalments.length === 0 || instalments.length > mostInstalments)
    return { refusal: `give between 1 and ${mostInstalments} instalments` };
  const dates = instalments.map(({ dueAt }) => dueAt);
  if (!dates.every((date, index) => date > (dates[index - 1] ?? now)))
    return { refusal: "the dates must lie in the future, each after the one before" };
  if ((dates.at(-1) ?? now) > now + policy.longestAgreementMs)
    return {
      refusal: `the last date lies too far ahead: at most ${policy.longestAgreementMs / DAY_MS} days`
    };
  if (!instalments.every(({ amountMinor }) => Number.isInteger(amountMinor) && amountMinor > 0))
    return { refusal: "every instalment needs a sum, in the smallest unit of the currency" };
  const totalMinor = sum2(overdue.map(({ remainingMinor }) => remainingMinor));
  const promisedMinor = sum2(instalments.map(({ amountMinor }) => amountMinor));
  if (promisedMinor < totalMinor) {
    const [promised, total] = [promisedMinor, totalMinor].map(
      (amountMinor) => formatMoney({ currency, amountMinor })
    );
    return { refusal: `the instalments come to ${promised}, but ${total} is overdue` };
  }
  const agreement = { id, by, reason, at: now, currency, ...termsOf(overdue, totalMinor, instalments) };
  return take(file, request, context, `${instalments.length} instalments agreed`, { agreement }, null);
}
function termsOf(overdue, totalMinor, instalments) {
  const paidBy = (index) => sum2(instalments.slice(0, index + 1).map(({ amountMinor }) => amountMinor));
  return {
    invoices: overdue.map(({ id }) => id),
    instalments: instalments.map(({ dueAt }, index) => ({
      dueAt,
      mostRemainingMinor: Math.max(0, totalMinor - paidBy(index))
    }))
  };
}
var sum2 = (numbers) => numbers.reduce((total, one) => total + one, 0);

// src/dispatcher/classify.ts
var trouble = { signal: "paymentFailed", opens: true };
var payment = { signal: "paymentSucceeded", opens: false };
var change = { signal: "billingChanged", opens: false };
var asTrouble = (does) => ({ news: trouble, does });
var asPayment = (does) => ({ news: payment, does });
var asChange = (does) => ({ news: change, does });
var handled = {
  "invoice.payment_failed": asTrouble(
    "a payment failed: opens a case, if Stripe says that something is owed"
  ),
  "invoice.overdue": asTrouble("an invoice that is sent was not paid by its date"),
  "invoice.marked_uncollectible": asTrouble("written off at Stripe, and still owed"),
  "invoice.payment_action_required": asTrouble("the payer has to confirm a payment"),
  "invoice.finalization_failed": asTrouble("an invoice is stuck as a draft, and nobody is charged"),
  "invoice.payment_succeeded": asPayment("paid: gives back what was taken for non-payment"),
  "invoice.paid": asPayment("paid, also outside Stripe: gives back what was taken for non-payment"),
  "invoice.voided": asPayment("voided: is owed no more"),
  "credit_note.created": asPayment("credited: the debt falls"),
  "customer.subscription.created": asChange("a subscription, also one that follows an ended one"),
  "customer.subscription.updated": asChange("its status, plan, or planned ending"),
  "customer.subscription.deleted": asChange("it has ended: the account falls to the fallback plan"),
  "customer.subscription.paused": asChange("a trial ended without a payment method"),
  "customer.subscription.resumed": asChange("it goes on"),
  "customer.updated": asChange("the default payment method, or the account that the customer names"),
  "payment_method.attached": asChange("a new card: open invoices are charged on it"),
  "payment_method.updated": asChange("a card was changed: open invoices are charged on it"),
  "payment_method.automatically_updated": asChange("a card was renewed by its network"),
  "payment_intent.processing": asChange("a bank debit is under way: the clock stops"),
  "cash_balance.funds_available": asChange("a bank transfer came that no invoice has used yet")
};
var recorded = {
  "checkout.session.completed": "a purchase; what follows from it comes by the types above",
  "customer.subscription.trial_will_end": "a trial ends in three days",
  "charge.refunded": "money went back",
  "charge.dispute.created": "a payer contests a charge",
  "charge.dispute.updated": "a dispute moves on",
  "charge.dispute.closed": "a dispute has ended",
  "charge.dispute.funds_withdrawn": "a dispute took the money",
  "charge.dispute.funds_reinstated": "a dispute gave the money back",
  "radar.early_fraud_warning.created": "a card\u2019s issuer thinks that a charge is fraud"
};
var unwanted = {
  "invoice.created": "Stripe waits for its 2xx before it finalises an invoice: an endpoint that fails would hold every invoice up, by as much as 72 h",
  "*": "sends `invoice.created` as well, which an endpoint that fails would hold up, and many types that nobody here reads"
};
var knownTypes = [
  ...Object.entries(handled).map(([type, what]) => ({ type, kind: "handled", ...what })),
  ...Object.entries(recorded).map(([type, does]) => ({ type, kind: "recorded", does })),
  ...Object.entries(unwanted).map(([type, does]) => ({ type, kind: "unwanted", does }))
];
var typesActedOn = Object.keys(handled);
var typesAskedFor = [...typesActedOn, ...Object.keys(recorded)];
var typesUnwanted = Object.keys(unwanted);
var newsByType = new Map(Object.entries(handled).map(([type, { news }]) => [type, news]));
function classify(type) {
  return newsByType.get(type) ?? null;
}
function strongest(news) {
  const order2 = ["paymentSucceeded", "paymentFailed", "billingChanged"];
  const signal2 = order2.find((name) => news.some((n2) => n2.signal === name));
  return signal2 === void 0 ? null : { signal: signal2, opens: news.some((n2) => n2.opens) };
}

// src/guard/change.ts
function applyChange(restrictions, change2, now) {
  if (change2 === null) return restrictions;
  const left = "lift" in change2 ? change2.lift.reduce(without, restrictions) : restrictions;
  return change2.impose === void 0 ? left : impose(left, { ...change2.impose, since: now });
}

// src/guard/outcome.ts
function outcomeOf({ caveat, untold, approval: approval2 }, at) {
  return {
    status: "done",
    at,
    ...caveat !== void 0 && { caveat },
    ...untold !== void 0 && { untold },
    ...approval2 !== void 0 && { approval: approval2 }
  };
}

// src/guard/tracks.ts
function tracksOf(effects, { restrictions, exemption, forgiven, granted, fallback }) {
  const settled = effects.filter((effect) => effect.settled);
  const newest = (step) => Math.max(...settled.filter((e) => e.step === step).map((e) => e.round));
  return {
    rounds: Object.fromEntries(settled.map(({ step }) => [step, newest(step)])),
    unsettled: hardestOpen(effects),
    restrictions: restrictions.flatMap(ofCases),
    exemption,
    forgiven,
    granted,
    fallback: fallback !== null
  };
}
function ofCases({ reason, access, owner, evidence, until }) {
  if (reason === "manual")
    return [{ reason, access, owner, evidence, ...until !== void 0 && { until } }];
  return reason === "nonpayment" || reason === "ended" ? [{ reason, access }] : [];
}
function hardestOpen(effects) {
  const isTaking3 = (effect) => takingSteps.some((step) => step === effect.step);
  const open = effects.filter((effect) => !effect.settled).filter(isTaking3);
  const hardest = open.sort((a, b) => takingSteps.indexOf(b.step) - takingSteps.indexOf(a.step))[0];
  return hardest === void 0 ? null : { step: hardest.step, round: hardest.round };
}

// src/guard/undo.ts
function isUndoneBy(step, undoing) {
  switch (undoing) {
    case "lift":
    case "close":
      return step !== "restrict" && step !== "unrestrict";
    case "unrestrict":
      return step === "restrict";
    case "remind":
    case "limit":
    case "pause":
    case "ask":
    case "decommission":
    case "retry":
    case "restrict":
      return false;
  }
}

// src/guard/warning.ts
function warningOf(promises, step, liftedAt) {
  const ofStep = promises.filter((p) => p.step === step && p.acceptedAt >= (liftedAt ?? -Infinity));
  const promisedAt = ofStep.at(-1)?.at;
  const first = ofStep.find((promise) => promise.at === promisedAt);
  return first === void 0 ? null : { promisedAt: first.at, acceptedAt: first.acceptedAt };
}

// workflows/life.ts
var import_workflow = require("@temporalio/workflow");

// src/domain/witness.ts
function witness(file, tracks, policy, now) {
  const recheckAt = file.recheckAt !== null && file.recheckAt <= now ? null : file.recheckAt;
  if (tracks === null) return { ...file, recheckAt };
  const rounds = roundsBy((step) => Math.max(file.rounds[step], tracks.rounds[step] ?? 0));
  const { exemption, forgiven, granted } = tracks;
  const manual = file.manual ?? manualAsFound(tracks);
  const seen = { ...file, recheckAt, rounds, exemption, forgiven, granted, manual };
  if (tracks.unsettled !== null && (seen.taken === null || seen.taken.settled)) {
    const rung = Math.max(file.rung, rungAfter(policy, tracks.unsettled.step) - 1);
    return { ...seen, rung, taken: { ...tracks.unsettled, at: now, settled: false } };
  }
  if (seen.taken !== null) return wasGivenBack(file, tracks) ? givenBack(seen, policy, now) : seen;
  const found = takenAsFound(tracks, rounds, now);
  if (found !== null) return foundTaken(seen, found, tracks, policy, now);
  return tracks.resourcesOff && manual === null ? foundHalfGivenBack(seen, rounds, now) : seen;
}
function wasGivenBack(file, { rounds, restrictions, unsettled, resourcesOff }) {
  const isFree = restrictions.every(({ reason }) => reason === "manual");
  return (rounds.lift ?? 0) > file.rounds.lift && isFree && unsettled === null && !resourcesOff;
}
function givenBack(file, policy, at) {
  return {
    ...file,
    stage: file.rounds.remind > 0 ? "reminded" : "watching",
    rung: Math.min(file.rung, firstTakingRung(policy)),
    lastStepAt: at,
    told: [],
    taken: null,
    ended: false,
    approval: null,
    owesNotice: null,
    recheckAt: null
  };
}
function manualAsFound({ restrictions }) {
  const found = restrictions.find((r) => r.reason === "manual");
  if (found === void 0) return null;
  const access = found.access === "read_only" ? "read_only" : "suspended";
  return {
    access,
    by: found.owner,
    reason: found.evidence,
    until: found.until ?? null,
    state: "wanted",
    retryAt: null
  };
}
function takenAsFound({ restrictions }, rounds, now) {
  const own = restrictions.filter(({ reason }) => reason !== "manual").map(({ access }) => access);
  const step = own.includes("decommissioned") ? "decommission" : own.includes("suspended") ? "pause" : own.includes("read_only") ? "limit" : null;
  return step === null ? null : { step, round: Math.max(1, rounds[step]), at: now, settled: true };
}
function foundHalfGivenBack(file, rounds, now) {
  const taken2 = { step: "pause", round: Math.max(1, rounds.pause), at: now, settled: true };
  const hold4 = { of: "lift", reason: "failed", since: now, until: now, tries: 1 };
  return remark({ ...file, taken: taken2, hold: hold4 }, now, "found half given back by an earlier run");
}
function foundTaken(file, taken2, { restrictions }, policy, now) {
  const rung = ladderOf(policy).findIndex(({ step }) => step === taken2.step);
  const found = {
    ...file,
    stage: stageOf[taken2.step],
    rung: Math.max(file.rung, rung < 0 ? firstTakingRung(policy) : rung + 1),
    lastStepAt: file.lastStepAt ?? now,
    told: file.told.filter((told) => isHarder2(told.step, taken2.step)),
    taken: taken2,
    ended: restrictions.some((r) => r.reason === "ended")
  };
  return remark(found, now, `found ${stageOf[taken2.step]} by an earlier run`);
}
var stageOf = {
  limit: "limited",
  pause: "paused",
  decommission: "decommissioned"
};
var isHarder2 = (a, b) => takingSteps.indexOf(a) > takingSteps.indexOf(b);

// src/domain/brief.ts
var usualPolicy = {
  limit: null,
  decommission: null,
  fallbackPlan: null,
  dwellMs: DAY_MS,
  longestEpisodeMs: 30 * DAY_MS,
  longestExtensionMs: 60 * DAY_MS,
  longestAgreementMs: 180 * DAY_MS,
  longestProcessingMs: 14 * DAY_MS,
  confirmationMs: 7 * DAY_MS,
  thresholdsMinor: {},
  exposure: null,
  retryOnNewCard: true,
  clock: "first_failure",
  segment: null,
  own: null,
  almanac: null,
  exportUrl: null,
  language: "en",
  recheckMs: 30 * SECOND_MS,
  holdRetryMs: 6 * HOUR_MS
};
var wholePolicy = (policy) => ({ ...usualPolicy, ...policy });

// src/domain/turn.ts
var longestSleepMs = 60 * DAY_MS;
var isBraked = ({ hold: held2 }, now) => held2 !== null && held2.of !== null && now < held2.until;
function remindAct(file, topic, promises) {
  return { step: "remind", round: file.rounds.remind + 1, topic, promises };
}
function takeAct(file, policy, step, round, now) {
  const after = { ...file, rung: file.rung + 1, lastStepAt: now };
  return { step, round, promises: promisesToMake(after, policy, now) };
}
function liftAct(file, from, leaves) {
  return { step: "lift", round: file.rounds.lift + 1, from, leaves };
}
function doNow(file, act2, now) {
  return { file, act: act2, wakeAt: now, next: plannedAs(act2, now) };
}
function plannedAs(act2, at) {
  switch (act2.step) {
    case "remind":
      return { step: act2.topic === "final" ? "final" : "remind", at };
    case "limit":
    case "pause":
    case "decommission":
      return { step: act2.step, at };
    case "ask":
      return { step: "decommission", at };
    case "retry":
    case "restrict":
    case "unrestrict":
    case "lift":
    case "close":
      return null;
  }
}
function wait(file, next, now) {
  const dueAt = file.hold?.until ?? next?.at ?? Infinity;
  const wakeAt2 = Math.min(now + longestSleepMs, dueAt, orderedAt(file), file.recheckAt ?? Infinity);
  return { file, act: null, wakeAt: Math.max(wakeAt2, file.closedAt === null ? now + 1 : now), next };
}
function orderedAt({ manual }) {
  if (manual === null) return Infinity;
  const dueAt = manual.state === "imposed" ? manual.until ?? Infinity : -Infinity;
  return Math.max(dueAt, manual.retryAt ?? -Infinity);
}

// src/domain/hold.ts
function hold2(file, { policy, standing }, reason, now) {
  const known = file.hold?.reason === reason && file.hold.of === null ? file.hold : null;
  const until = Math.max(now + 1, holdEndsAt(file, policy, reason, now));
  const resumed = known === null ? resumeClock(file, now) : file;
  const isNews = known === null && !isUnread(standing);
  const held2 = isNews ? remark(resumed, now, `held: ${reason}`) : resumed;
  const since = known?.since ?? now;
  const next = nextStepOf(held2, policy, now);
  const waiting = { of: null, reason, since, until, tries: (known?.tries ?? 0) + 1 };
  return wait({ ...held2, hold: waiting }, next, now);
}
function holdEndsAt(file, policy, reason, now) {
  const soon = now + policy.holdRetryMs;
  switch (reason) {
    case "standing_unclear":
      return soon;
    case "exempt":
      return file.exemption?.until ?? soon;
    case "instalments_agreed":
      return file.agreement === null ? soon : (nextInstalmentAt(file.agreement, now) ?? now) + 1;
    case "payment_in_flight":
    case "confirmation_awaited":
    case "credit_covers_debt":
      return now + 4 * policy.holdRetryMs;
  }
}

// src/domain/reports.ts
function reportDrafts(file, { stuckDrafts }, now) {
  return stuckDrafts.reduce((known, { id, reason }) => {
    return find(known, { kind: "draft_not_finalised", subject: id, text: draftText(id, reason), at: now });
  }, file);
}
var draftText = (id, reason) => reason === leftOver ? `draft ${id} was left from the time when its subscription was unpaid: finalise or delete it at Stripe, nobody owes it yet` : `draft ${id} can't be finalised (${reason}): mend it at Stripe, nobody owes it yet`;
function reportDoubts(file, { doubtful }, now) {
  return doubtful.reduce((known, doubt) => {
    const subject = `${doubt.customer}/${doubt.names ?? ""}`.slice(0, 200);
    return find(known, { kind: "customer_unclear", subject, text: doubtText(doubt), at: now });
  }, file);
}
var doubtText = ({ customer, names: names2 }) => names2 === null ? `customer ${customer} is gone at Stripe or was never there, so what is owed can't be known, and all is held: unlink it with \`forbear account unlink\`` : `customer ${customer} belongs to this account here and names "${names2.slice(0, 80)}" at Stripe: nothing is taken for a debt while that is so. Change its metadata, or link it there with \`--move\``;
function reportCredit(file, now) {
  const text2 = "a balance in the customer\u2019s favour covers the debt: finance has to set it against the invoices";
  const subject = String(file.anchorAt);
  return find(file, { kind: "credit_covers_debt", subject, text: text2, at: now });
}
function reportIdle(file, { overdue }, now) {
  return overdue.reduce((known, { id, number, idleDefault }) => {
    if (idleDefault === null) return known;
    const text2 = `${number ?? id} is not charged on the customer's default ${idleDefault}: its subscription has a method of its own, which failed; change it there`;
    return find(known, { kind: "wrong_payment_method", subject: `${id}/${idleDefault}`, text: text2, at: now });
  }, file);
}

// src/domain/enforce.ts
function endAgreement(file, { policy }, { overdue }, now) {
  const { agreement } = file;
  if (agreement === null || !overdue.some(({ id }) => agreement.invoices.includes(id))) return file;
  const broken = remark(file, now, "an agreed instalment did not come: the timetable goes on");
  const told = file.told.filter(({ step, at }) => at >= now + leadOf(policy, step));
  return { ...broken, agreement: null, told, owesNotice: "instalment_missed" };
}
var mostCharges = 20;
function chargesToTry({ retried: retried2 }, { overdue }) {
  return overdue.slice(0, mostCharges).flatMap(({ id, untried }) => untried === null ? [] : [{ invoice: id, method: untried }]).filter(({ invoice, method }) => !retried2.includes(`${invoice}/${method}`));
}
function enforce(file, facts, view, now) {
  if (file.taken?.step === "decommission" && file.taken.settled && file.owesNotice === null) {
    return wait({ ...file, stage: "decommissioned", closedAt: now, hold: null }, null, now);
  }
  if (file.exemption !== null && now < file.exemption.until) return hold2(file, facts, "exempt", now);
  const owing = file.hold?.of === "close" ? { ...file, hold: null } : resumeClock(file, now);
  return press(endAgreement(reportIdle(owing, view, now), facts, view, now), facts, view, now);
}
function press(file, facts, view, now) {
  const { policy } = facts;
  const charges = policy.retryOnNewCard ? chargesToTry(file, view) : [];
  if (charges.length > 0 && !(file.hold?.of === "retry" && isBraked(file, now)))
    return doNow(file, { step: "retry", round: file.rounds.retry + 1, charges }, now);
  if (isBraked(file, now)) return wait(file, nextStepOf(file, policy, now), now);
  if (file.taken !== null && !file.taken.settled) return goOn2(file, file.taken, policy, now);
  return owedNotice(file, policy, now) ?? climb(file, policy, now);
}
function goOn2(file, { step, round }, policy, now) {
  if (promisesAreOutdated(file, policy, now) || !isTold(file, policy)) return warn(file, policy, now);
  const next = nextStepOf(file, policy, now);
  if (next !== null && now < next.at) return wait({ ...file, hold: null }, next, now);
  if (step === "decommission") return decommission(file, policy, round, now);
  return doNow(file, takeAct(file, policy, step, round, now), now);
}
function owedNotice(file, policy, now) {
  if (file.owesNotice === null) return null;
  return doNow(file, remindAct(file, file.owesNotice, promisesToMake(file, policy, now)), now);
}
function climb(file, policy, now) {
  if (promisesAreOutdated(file, policy, now)) return warn(file, policy, now);
  const next = nextStepOf(file, policy, now);
  if (next === null) return wait({ ...file, hold: null }, null, now);
  if (!isTold(file, policy)) return warn(file, policy, now);
  if (now < next.at) return wait({ ...file, hold: null }, next, now);
  switch (next.step) {
    case "remind":
      return doNow(file, remindAct(file, "reminder", promisesToMake(file, policy, now)), now);
    case "final":
      return doNow(file, remindAct(file, "final", [deletionToPromise(file, policy, now)]), now);
    case "limit":
    case "pause":
      return doNow(file, takeAct(file, policy, next.step, file.rounds[next.step] + 1, now), now);
    case "decommission":
      return decommission(file, policy, file.rounds.decommission + 1, now);
  }
}
function decommission(file, policy, round, now) {
  const { approval: approval2 } = file;
  const ask2 = () => doNow({ ...file, approval: null }, { step: "ask", round: file.rounds.ask + 1 }, now);
  if (approval2 === null) return ask2();
  const isOver = now >= approval2.expiresAt;
  if (approval2.decision === null) {
    if (!isOver) return wait({ ...file, hold: null }, { step: "decommission", at: approval2.expiresAt }, now);
    const text2 = `nobody decided on the deletion (${approval2.summary}) in time: it is asked for again`;
    const found = find(file, { kind: "deletion_not_approved", subject: approval2.id, text: text2, at: now });
    return doNow({ ...found, approval: null }, { step: "ask", round: file.rounds.ask + 1 }, now);
  }
  if (!approval2.decision.approved) {
    const askAgainAt = approval2.decision.at + (policy.decommission?.retentionMs ?? 0);
    if (now < askAgainAt) return wait({ ...file, hold: null }, { step: "decommission", at: askAgainAt }, now);
    return ask2();
  }
  return isOver ? ask2() : doNow(file, { step: "decommission", round, approval: approval2.id }, now);
}
function warn(file, policy, now) {
  return doNow(file, remindAct(file, "moved", promisesToMake(file, policy, now)), now);
}

// src/domain/settle.ts
function settle2(known, facts, now) {
  const agreement = lastingAgreement(facts.standing, known, now);
  const file = { ...known, agreement, anchorAt: null, firstAnchorAt: null };
  const withoutSubscription = isEnded(file, facts.standing);
  if (file.hold?.of === "lift" && now < file.hold.until) return wait(file, null, now);
  if (file.taken !== null) {
    const from = file.ended ? "ended" : "nonpayment";
    const isOff2 = file.taken.settled && file.taken.step === "pause";
    const staysOff = withoutSubscription && isOff2 && facts.policy.fallbackPlan === null;
    if (file.ended && staysOff) return wait(stillOff(file), null, now);
    if (staysOff && isUnsaid(file, now)) return wait(file, null, now);
    return doNow(file, liftAct(file, from, staysOff ? "ended" : leftBy(file, facts.standing)), now);
  }
  if (file.manual !== null) return besideAnOrder(file, file.manual, facts, now);
  if (hadNoNotice(file)) {
    if (facts.tracks === null) return wait({ ...file, recheckAt: now + 1 }, null, now);
    const left = unrestricting(file, facts) ?? regaining(file, facts);
    if (left !== null) return doNow(file, left, now);
    return wait({ ...file, stage: "closed", closedAt: now, hold: null }, null, now);
  }
  if (isUnsaid(file, now)) return wait({ ...episodeOver(file), hold: file.hold }, null, now);
  const regained = regaining(file, facts);
  if (regained !== null) return doNow(file, regained, now);
  const isDamaged = file.findings.some(({ kind }) => kind === "not_as_before") && file.rounds.decommission > 0;
  const staysAway = withoutSubscription && file.rounds.decommission === 0;
  const topic = isDamaged ? "paid_but_deleted" : staysAway ? "paid_but_ended" : "recovered";
  return doNow(file, { step: "close", round: file.rounds.close + 1, topic }, now);
}
function besideAnOrder(file, manual, facts, now) {
  const left = unrestricting(file, facts) ?? regaining(file, facts);
  if (left !== null) return doNow(file, left, now);
  const alone = onlyRestricted(file, manual);
  return wait(facts.tracks === null ? { ...alone, recheckAt: now + 1 } : alone, null, now);
}
function unrestricting(file, { tracks, standing }) {
  const stands = tracks?.restrictions.some(({ reason }) => reason !== "manual") === true;
  return stands ? liftAct(file, "nonpayment", leftBy(file, standing)) : null;
}
function regaining(file, { tracks, standing }) {
  const isServed = hasLiveSubscription(standing) || file.granted;
  return tracks?.fallback === true && isServed ? liftAct(file, "fallback", "nothing") : null;
}
function leftBy({ granted, taken: taken2, rounds }, standing) {
  const isStopped2 = taken2?.step === "decommission" || rounds.decommission > 0;
  return isServiceOver(standing) && !granted && !isStopped2 ? "fallback" : "nothing";
}
var isUnsaid = ({ hold: hold4 }, now) => hold4?.of === "close" && now < hold4.until;
var episodeOver = (file) => ({ ...stillOff(file), rung: 0, lastStepAt: null });
function stillOff(file) {
  const none2 = {
    anchorAt: null,
    firstAnchorAt: null,
    approval: null,
    hold: null,
    owesNotice: null
  };
  return { ...file, ...none2, told: [], shiftMs: 0, exposed: false };
}
var stageUnder = { read_only: "limited", suspended: "paused" };
function onlyRestricted(file, { access, state }) {
  const stage = state === "wanted" ? "watching" : stageUnder[access];
  return { ...episodeOver(file), stage };
}
var hadNoNotice = ({ rounds }) => rounds.remind === 0 && rounds.limit === 0 && rounds.pause === 0 && rounds.decommission === 0;
function isEnded(file, standing) {
  const isOurs = (id) => file.ended || file.subscriptions.includes(id);
  const over = standing.subscriptions.some((s) => s.state === "ended" && isOurs(s.id));
  return over && !hasLiveSubscription(standing) && !file.granted;
}

// src/domain/advance.ts
function advance(file, facts, now) {
  if (file.closedAt !== null) return { file, act: null, wakeAt: now, next: null };
  const seen = witness(file, facts.tracks, facts.policy, now);
  const ordered = obey(seen, now);
  if (ordered !== null) return ordered;
  const view = assess(facts.standing, facts.policy, now, seen);
  const found = reportDoubts(reportDrafts(seen, facts.standing, now), facts.standing, now);
  const told = afterThanks(found, view);
  if (isGivingBack(told) && view.verdict !== "clear") return giveBackWhole(told, now);
  switch (view.verdict) {
    case "unclear":
      return hold2(told, facts, "standing_unclear", now);
    case "in_flight":
      return hold2(told, facts, "payment_in_flight", now);
    case "unconfirmed":
      return askToConfirm(told, facts, view, now);
    case "promised":
      return hold2(told, facts, "instalments_agreed", now);
    case "covered":
      return hold2(reportCredit(note2(told, facts, view, now), now), facts, "credit_covers_debt", now);
    case "clear":
      return settle2({ ...told, owed: [] }, facts, now);
    case "owing":
      return enforce(note2(told, facts, view, now), facts, view, now);
  }
}
function obey(file, now) {
  const { manual } = file;
  if (manual === null || manual.retryAt !== null && now < manual.retryAt) return null;
  if (manual.state === "ending" || manual.until !== null && manual.until <= now)
    return doNow(file, { step: "unrestrict", round: file.rounds.unrestrict + 1 }, now);
  if (manual.state === "imposed") return null;
  const { access, by, reason, until } = manual;
  const round = file.rounds.restrict + 1;
  return doNow(file, { step: "restrict", round, access, by, reason, until }, now);
}
var isGivingBack = ({ taken: taken2, hold: held2, liftWanted }) => taken2 !== null && (liftWanted || held2?.of === "lift");
function giveBackWhole(file, now) {
  return file.hold?.of === "lift" && now < file.hold.until ? wait(file, null, now) : doNow(file, liftAct(file, "nonpayment", "nothing"), now);
}
function afterThanks(file, { verdict }) {
  const isOver = file.hold?.of === "close" && file.taken === null && verdict !== "clear";
  return isOver ? episodeOver(file) : file;
}
function note2(file, { policy }, view, now) {
  const anchorAt = view.oldestAt ?? now;
  const subscriptions = view.overdue.flatMap((i) => i.subscription === null ? [] : [i.subscription]);
  const caps = policy.exposure?.capsMinor ?? {};
  return {
    ...file,
    openedAt: file.openedAt ?? now,
    anchorAt,
    firstAnchorAt: Math.min(file.firstAnchorAt ?? anchorAt, anchorAt),
    owed: view.owed,
    exposed: view.owed.some(({ currency, amountMinor }) => amountMinor > (caps[currency] ?? Infinity)),
    // Bounded as everything a case carries; twenty subscriptions in arrears decide no differently from the rest.
    subscriptions: [.../* @__PURE__ */ new Set([...file.subscriptions, ...subscriptions])].slice(-20)
  };
}
function askToConfirm(file, facts, { confirmable }, now) {
  const open = { ...file, openedAt: file.openedAt ?? now };
  if (isBraked(open, now)) return wait(open, null, now);
  const asked = confirmable.map(({ id }) => id);
  if (asked.every((id) => file.confirmationAsked.includes(id)))
    return hold2(open, facts, "confirmation_awaited", now);
  return doNow(open, { ...remindAct(file, "confirm", []), confirms: asked }, now);
}

// src/domain/reissue.ts
function reissue(asked, rules, now) {
  const { from, to, version } = rules;
  const file = withoutWish(asked);
  if (version === file.policyVersion) return file;
  const name = to.segment === null ? to.name : `${to.name}, segment ${to.segment}`;
  const moved = {
    ...file,
    policyVersion: version,
    rung: rungIn(ladderOf(from).slice(0, file.rung), ladderOf(to))
  };
  return remark(moved, now, `goes by the policy ${name} (${version}) from now on`);
}
function rungIn(done2, ladder) {
  const isReminder = ({ step }) => step === "remind";
  const hardest = done2.findLast((rung) => !isReminder(rung));
  const atLeast = hardest === void 0 ? 0 : ladder.findIndex(({ step }) => step === hardest.step) + 1;
  let reminders = done2.filter(isReminder).length;
  const next = ladder.findIndex((rung) => {
    if (isReminder(rung)) return (reminders -= 1) < 0;
    return !done2.some(({ step }) => step === rung.step);
  });
  return Math.max(atLeast, next < 0 ? ladder.length : next);
}
function withoutWish(file) {
  const { rulesWanted, ...rest } = file;
  return rulesWanted === void 0 ? file : rest;
}

// src/domain/not-done.ts
function notOwed(file, act2, policy, now) {
  const noted2 = remark(file, now, `${act2.step} ${act2.round}: nothing is owed any more`);
  const until = now + policy.recheckMs;
  return { ...noted2, hold: { of: act2.step, reason: "standing_stale", since: now, until, tries: 1 } };
}
function held(file, act2, reason, until, policy, now) {
  if (reason === "plan_changed" || reason === "approval_expired" || reason === "approval_missing") {
    return {
      ...remark(file, now, `${act2.step} ${act2.round} held: ${reason}; asked for anew`),
      approval: null,
      hold: null
    };
  }
  return wait2(file, act2, reason, heldUntil(file, reason, until, policy, now), now);
}
function heldUntil(file, reason, until, policy, now) {
  if (reason === "standing_changed") return now + (file.hold?.reason === reason ? policy.recheckMs : 0);
  if (until === null) return now + policy.holdRetryMs;
  const tries = file.hold?.reason === reason ? file.hold.tries : 0;
  const soonest = Math.max(until, now + policy.recheckMs * Number(until <= now));
  return reason === "standing_stale" ? Math.max(soonest, now + Math.min(MINUTE_MS * 2 ** tries, policy.holdRetryMs)) : soonest;
}
var longestLiftRetryMs = 5 * MINUTE_MS;
var longestOutageRetryMs = HOUR_MS;
var longestThanksMs = DAY_MS;
function failed(file, act2, code, policy, now) {
  const text2 = `failed: ${code}`;
  switch (act2.step) {
    case "lift":
      if (act2.leaves === "ended") return outlast(file, act2, text2, policy, now);
      return giveBackSoon(file, act2, text2, policy, now);
    case "unrestrict":
      return giveBackSoon(file, act2, text2, policy, now);
    case "restrict":
      return wait2(file, act2, "failed", now + policy.holdRetryMs, now, text2);
    case "remind":
    case "limit":
    case "pause":
    case "ask":
    case "decommission":
    case "retry":
    case "close":
      return isLasting(code) ? wait2(file, act2, "failed", now + policy.holdRetryMs, now, text2) : outlast(file, act2, text2, policy, now);
  }
}
function giveBackSoon(file, act2, text2, policy, now) {
  return wait2(file, act2, "failed", now + Math.min(policy.holdRetryMs, longestLiftRetryMs), now, text2);
}
function outlast(file, act2, text2, policy, now) {
  const { tries, since } = knownHold(file, act2, "failed") ?? { tries: 0, since: now };
  const retryMs2 = Math.min(MINUTE_MS * 2 ** tries, longestOutageRetryMs, policy.holdRetryMs);
  if (act2.step === "close" && now - since >= longestThanksMs)
    return wait2(file, act2, "failed", now + retryMs2, now, text2);
  return putOff(file, act2, "failed", now + retryMs2, now, text2);
}
function interrupted2(file, act2, now) {
  const noted2 = remark(file, now, `${act2.step} ${act2.round}: interrupted`);
  switch (act2.step) {
    case "limit":
    case "pause":
    case "decommission":
      return { ...noted2, taken: { step: act2.step, round: act2.round, at: now, settled: false } };
    case "lift":
      if (act2.leaves === "ended") return noted2;
      return { ...noted2, hold: { of: "lift", reason: "failed", since: now, until: now, tries: 1 } };
    case "remind":
    case "ask":
    case "retry":
    case "restrict":
    case "unrestrict":
    case "close":
      return noted2;
  }
}
var mostRetried = 50;
function retried(file, { charges }) {
  const tried = charges.map(({ invoice, method }) => `${invoice}/${method}`);
  return { ...file, retried: [.../* @__PURE__ */ new Set([...file.retried, ...tried])].slice(-mostRetried) };
}
function closed(file, at) {
  return { ...file, stage: "recovered", closedAt: at, hold: null, told: [], recheckAt: null };
}
function wait2(file, act2, reason, until, now, text2 = `held: ${reason}`) {
  if (act2.step === "restrict" || act2.step === "unrestrict") return postponed(file, act2, until, now, text2);
  if (act2.step === "close") return closed(noted(file, act2, reason, now, text2), now);
  if (act2.step === "retry" && (reason === "failed" || reason === "observing")) {
    const given = retried(noted(file, act2, reason, now, text2), act2);
    return { ...given, rounds: { ...given.rounds, retry: act2.round }, hold: null };
  }
  return putOff(file, act2, reason, until, now, text2);
}
function putOff(file, act2, reason, until, now, text2) {
  const { since, tries } = knownHold(file, act2, reason) ?? { since: now, tries: 0 };
  const hold4 = { of: heldAs(act2), reason, since, until, tries: tries + 1 };
  return { ...resumeClock(noted(file, act2, reason, now, text2), now), hold: hold4 };
}
var knownHold = ({ hold: hold4 }, act2, reason) => hold4?.reason === reason && hold4.of === heldAs(act2) ? hold4 : null;
var heldAs = (act2) => act2.step === "lift" && act2.leaves === "ended" ? "close" : act2.step;
function noted(file, act2, reason, now, text2) {
  const full = `${act2.step} ${act2.round} ${text2}`;
  const isKnown = knownHold(file, act2, reason) !== null;
  const isSaid = reason !== "failed" || file.remarks.at(-1)?.text === full;
  return isKnown && isSaid ? file : remark(file, now, full);
}
function postponed(file, act2, retryAt, now, text2) {
  const { manual } = file;
  if (manual === null) return file;
  const noted2 = manual.retryAt === null ? remark(file, now, `${act2.step} ${act2.round} ${text2}`) : file;
  return { ...noted2, manual: { ...manual, retryAt } };
}

// src/domain/record.ts
function record(file, act2, outcome, policy, now) {
  switch (outcome.status) {
    case "done":
      return done(caveatOf({ ...file, hold: holdAfter(file, act2) }, act2, outcome), act2, outcome, policy);
    case "not_owed":
      return notOwed(file, act2, policy, now);
    case "interrupted":
      return interrupted2(file, act2, now);
    case "held":
      return held(file, act2, outcome.reason, outcome.until, policy, now);
    case "failed":
      return failed(file, act2, outcome.code, policy, now);
  }
}
function holdAfter({ hold: hold4 }, { step }) {
  return hold4?.of === null || step === "restrict" || step === "unrestrict" ? hold4 : null;
}
function caveatOf(file, act2, { at, caveat }) {
  if (caveat === void 0) return file;
  const subject = `${act2.step} ${act2.round}`;
  switch (act2.step) {
    case "lift":
      return find(file, { kind: "not_as_before", subject, text: `${subject}: ${caveat}`, at });
    case "retry":
    case "remind":
    case "limit":
    case "pause":
    case "ask":
    case "decommission":
    case "restrict":
    case "unrestrict":
    case "close":
      return remark(file, at, `${subject}: ${caveat}`);
  }
}
function done(known, act2, outcome, policy) {
  const { at } = outcome;
  const file = { ...known, rounds: { ...known.rounds, [act2.step]: act2.round } };
  switch (act2.step) {
    case "remind":
      return noticeSent(file, act2, at);
    case "limit":
    case "pause":
      return taken(file, act2, outcome, policy);
    case "ask":
      return { ...file, approval: askedFor(outcome) };
    case "decommission":
      return taken(file, { ...act2, promises: [] }, outcome, policy);
    case "retry":
      return retried(file, act2);
    case "restrict":
      return restricted(file, at);
    case "unrestrict":
      return { ...file, manual: null, stage: stageWithout(file) };
    case "lift":
      return lifted(file, act2, at, policy);
    case "close":
      return closed(file, at);
  }
}
function askedFor({ approval: approval2, at }) {
  return approval2 === void 0 ? null : { ...approval2, askedAt: at, decision: null };
}
var topicOf = { limit: "limited", pause: "paused", decommission: "decommissioned" };
function taken(file, { step, round, promises }, { at, untold }, policy) {
  const told = untold ? file.told : withTold(file.told, promises, at);
  return {
    ...file,
    stage: stageOf[step],
    // Whoever resumes what an earlier run began may not know how far that one had come.
    rung: Math.max(file.rung, rungAfter(policy, step)),
    lastStepAt: at,
    told: told.filter((known) => isHarder2(known.step, step)),
    taken: { step, round, at, settled: true },
    owesNotice: untold ? topicOf[step] : null,
    // What is only locked goes on running; its owner's payment has days until something is switched off.
    recheckAt: step === "pause" ? at + policy.recheckMs : null
  };
}
function restricted(file, at) {
  if (file.manual === null) return file;
  const { access, by, reason } = file.manual;
  const imposed = { ...file, manual: { ...file.manual, state: "imposed", retryAt: null } };
  return remark(imposed, at, `restricted to ${access} by ${by}: ${reason}`);
}
function lifted(file, act2, at, policy) {
  if (act2.leaves === "ended") return { ...file, ended: true, owesNotice: null, liftWanted: false };
  const round = file.taken?.round ?? 0;
  const step = file.taken?.step ?? "pause";
  const back = {
    ...givenBack(stoppedDeletion(file, at), policy, at),
    // What never got done is over with its lift: its round is used up.
    rounds: { ...file.rounds, [step]: Math.max(file.rounds[step], round) },
    owesNotice: file.liftWanted ? "restored" : null,
    liftWanted: false
  };
  const isOver = act2.from === "fallback" && file.openedAt === null && file.manual === null;
  return isOver ? { ...back, stage: "closed", closedAt: at } : back;
}
function stoppedDeletion(file, at) {
  const { taken: taken2, approval: approval2 } = file;
  if (taken2?.step !== "decommission" || taken2.settled || approval2 === null) return file;
  const text2 = `the deletion (${approval2.summary}) was stopped half-way: where a subscription was canceled or paused for it, see that the account has one again`;
  return find(file, { kind: "collection_ended", subject: approval2.id, text: text2, at });
}
function stageWithout({ taken: standing, rounds }) {
  if (standing !== null) return stageOf[standing.step];
  return rounds.remind > 0 ? "reminded" : "watching";
}
function noticeSent(file, act2, at) {
  const sent = {
    ...file,
    told: withTold(file.told, act2.promises, at),
    owesNotice: file.owesNotice === act2.topic ? null : file.owesNotice
  };
  switch (act2.topic) {
    case "reminder":
      return { ...sent, stage: stageAtLeast(file, "reminded"), rung: file.rung + 1, lastStepAt: at };
    case "final":
      return { ...sent, stage: "decommissioning", rung: file.rung + 1, lastStepAt: at };
    case "moved":
    case "instalment_missed":
    case "restored":
      return { ...sent, stage: stageAtLeast(file, "reminded") };
    case "confirm":
      return { ...sent, confirmationAsked: askedToConfirm(file, act2) };
    case "limited":
    case "paused":
    case "decommissioned":
    case "recovered":
    case "paid_but_ended":
    case "paid_but_deleted":
      return sent;
  }
}
var mostAsked = 20;
function askedToConfirm({ confirmationAsked }, { confirms = [] }) {
  return [.../* @__PURE__ */ new Set([...confirmationAsked, ...confirms])].slice(-mostAsked);
}
var stageAtLeast = ({ stage }, least) => stage === "watching" ? least : stage;
function withTold(told, promises, at) {
  const isNew = ({ step, at: date }) => !told.some((t) => t.step === step && t.at === date);
  const news = promises.filter(isNew);
  return [
    ...told.filter(({ step }) => !news.some((promise) => promise.step === step)),
    ...news.map((promise) => ({ ...promise, acceptedAt: at }))
  ];
}

// workflows/life.ts
var looksItself = {
  remind: true,
  limit: true,
  pause: true,
  ask: true,
  decommission: true,
  retry: false,
  // What a person orders has nothing to do with Stripe.
  restrict: true,
  unrestrict: true,
  lift: false,
  close: false
};
var brakes3 = ["observing", "frozen", "intake_blind", "no_recipient"];
function servesOn2({ step }, outcome) {
  if (outcome.status === "done") return step !== "retry";
  return outcome.status === "held" && brakes3.includes(outcome.reason) && (0, import_workflow.patched)("a-brake-needs-no-look");
}
function mustWait({ step }, mailbox, seen) {
  switch (step) {
    case "lift":
    case "unrestrict":
      return false;
    case "restrict":
      return mailbox.ordered;
    case "close":
      return mailbox.waiting || seen === null || seen.standing === null;
    case "remind":
    case "limit":
    case "pause":
    case "ask":
    case "decommission":
    case "retry":
      return mailbox.pressing;
  }
}
function givesBackAt(file) {
  const isLifting = file.taken !== null && file.hold?.of === "lift";
  return Math.min(orderedAt(file), isLifting ? file.hold.until : Infinity);
}
function mustLook(life, messages, now) {
  if (life === null || life.standing === null) return true;
  if (!messages.every(isDecision)) return true;
  const { act: act2 } = decide2(takeIn(life, messages, now).life, null, now);
  return act2 === null || !looksItself[act2.step];
}
var isDecision = (message) => message.kind === "order" && (message.request.kind === "approve" || message.request.kind === "reject");
function takeIn(life, messages, now) {
  const nothing = { life, answers: [] };
  return messages.reduce((taken2, message) => takeInOne(taken2, message, now), nothing);
}
function takeInOne({ life, answers }, message, now) {
  const { file, policy, standing } = life;
  const filed = (changed) => ({ life: { ...life, file: changed }, answers });
  switch (message.kind) {
    case "event":
      return { life, answers };
    case "payment":
      return filed({ ...file, recheckAt: now + policy.recheckMs });
    case "order": {
      const taken2 = takeOrder(file, message.request, { policy, standing, now });
      const orders = taken2.record === null ? life.orders : [...life.orders, taken2.record];
      const say = () => message.taken(taken2.refusal);
      return { life: { ...life, file: taken2.file, orders }, answers: [...answers, say] };
    }
    case "unreadable":
      return filed(remark(file, now, message.text));
  }
}
function catchUp(life, seen, now) {
  if (seen === null) return life;
  const { exemption, forgiven } = seen.tracks;
  const manual = life.file.manual ?? manualAsFound(seen.tracks);
  const standing = seen.standing ?? life.standing ?? unreadStanding(now);
  const known = { ...life, standing, file: { ...life.file, exemption, forgiven, manual } };
  return putUnder(known, seen.beginning, now);
}
function putUnder(life, beginning, now) {
  if (beginning === null || beginning.blind === true || beginning.openCase !== null) return life;
  const policy = wholePolicy(beginning.policy);
  const rules = { from: life.policy, to: policy, version: beginning.policyVersion };
  return { ...life, policy, file: reissue(life.file, rules, now) };
}
function decide2(life, seen, now) {
  const { standing } = life;
  if (standing === null) throw new Error("a case can only decide on a standing that was read");
  const { exemption, forgiven } = life.file;
  const tracks = seen === null ? null : { ...seen.tracks, exemption, forgiven };
  return turned(life, life.file, standing, tracks, now);
}
function decideAfter(life, act2, outcome, now) {
  if (life.standing === null) throw new Error("a case acts only on a standing that was read");
  const file = record(life.file, act2, outcome, life.policy, now);
  return turned(life, file, life.standing, null, now);
}
function turned(life, file, standing, tracks, now) {
  const { policy } = life;
  return { ...life, standing, ...advance(file, { standing, policy, tracks }, now) };
}

// test/simulation/ports.ts
var soundPorts = {
  isStoredAgain: false,
  answerTo: (storing) => {
    if (storing === null) return 400;
    return storing === "committed" || storing === "known" ? 200 : 500;
  },
  append: (audit2, line) => void audit2.push(line),
  isNewest: (ledger, fence) => ledger.fence === fence,
  judgedOn: (fresh) => fresh,
  isSettled: (settledAt) => settledAt !== null,
  find: ({ resources }) => resources,
  recordsAgain: false,
  shutsOut: (state) => state === "wrong_mode"
};

// test/simulation/core.ts
var soundCore = {
  ...soundPorts,
  breakerOf,
  ruleBreaker,
  newCaseFile,
  fallbackAfter,
  fallbackChangeOf,
  judge,
  ruleOn,
  classify,
  strongest,
  applyChange,
  outcomeOf,
  tracksOf,
  isUndoneBy,
  warningOf,
  catchUp,
  decide: decide2,
  decideAfter,
  givesBackAt,
  mustLook,
  mustWait,
  servesOn: servesOn2,
  takeIn
};

// test/simulation/dispatcher.ts
var settlingMs = 120 * SECOND_MS;
var apartMs = 2 * SECOND_MS;
function dispatchSoon(world, subject, waitMs = SECOND_MS) {
  const at = endOf(world.faults.spells.intakeDown, world.now + waitMs);
  if (subject.dispatchAt > world.now && subject.dispatchAt <= at) return;
  subject.dispatchAt = at;
  world.agenda.enter(at, { kind: "dispatch", subject });
}
function dispatch(world, subject) {
  const { core, now, faults } = world;
  const { pending } = subject;
  if (pending.length === 0) return;
  subject.dispatchAt = -Infinity;
  const told = core.strongest(pending.map(({ event }) => core.classify(event.type)).filter((n2) => n2 !== null));
  const waitMs = told === null ? null : waitFor(subject, told, now);
  if (told === null || waitMs === null) return mark(subject, "settled");
  if (waitMs > 0) return dispatchSoon(world, subject, waitMs);
  if (strikes(world, faults.rates.notSerialised)) return dispatchSoon(world, subject, 5 * SECOND_MS);
  signal(world, subject, told.signal);
  if (strikes(world, faults.rates.lostAfterCommit)) return dispatchSoon(world, subject, 5 * SECOND_MS);
  mark(subject, "dispatched");
}
function waitFor(subject, { signal: name, opens }, now) {
  const agoMs = now - subject.signalledAt;
  const isNews = opens || agoMs < settlingMs || isInTrouble(subject);
  if (!isNews) return null;
  return name === "paymentSucceeded" ? 0 : Math.max(0, Math.ceil(apartMs - agoMs));
}
var isInTrouble = ({ saved, ledger }) => saved !== null && saved.closedAt === null || ledger.restrictions.length > 0 || ledger.fallback !== null || (saved?.owed.length ?? 0) > 0;
function mark({ pending }, state) {
  for (const row of pending) row.state = state;
  pending.length = 0;
}
function signal(world, subject, name) {
  subject.signalledAt = world.now;
  subject.mailbox.push({ kind: name === "paymentSucceeded" ? "payment" : "event" });
  wakeSoon(world, subject);
}

// test/simulation/deliveries.ts
var import_node_crypto3 = require("node:crypto");

// src/adapters/stripe/webhook.ts
var import_node_crypto2 = require("node:crypto");

// src/adapters/stripe/event.ts
var import_stripe = __toESM(require("stripe"), 1);
var import_zod = require("zod");
var readableVersions = { oldest: "2024-04-10", newest: import_stripe.default.API_VERSION };
function readEvent(body) {
  const json = parseJson(body);
  if (json === void 0) return { event: null, hint: "signed, but not JSON: who sends this?" };
  const snapshot = snapshotShape.safeParse(json);
  if (snapshot.success) return { event: ofSnapshot(snapshot.data) };
  const thin = thinShape.safeParse(json);
  if (thin.success) return { event: ofThin(thin.data) };
  return { event: null, hint: "signed, but not a Stripe event with an object in it" };
}
function parseJson(body) {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return void 0;
  }
}
var utf8 = new TextDecoder("utf-8", { fatal: true });
var word = import_zod.z.string().regex(/^[\x21-\x7e]{1,255}$/);
var idShape = import_zod.z.union([word, import_zod.z.object({ id: word }).transform(({ id }) => id)]);
var optionalId = idShape.nullish().catch(null).transform((id) => id ?? null);
var seconds = import_zod.z.int().min(0).max(1e10);
var snapshotShape = import_zod.z.object({
  id: word,
  object: import_zod.z.literal("event"),
  type: word,
  created: seconds,
  livemode: import_zod.z.boolean(),
  api_version: word.nullish().catch(null),
  account: optionalId,
  data: import_zod.z.object({
    object: import_zod.z.object({
      id: optionalId,
      object: word.nullish().catch(null),
      customer: optionalId,
      invoice: optionalId,
      subscription: optionalId,
      parent: import_zod.z.object({
        subscription_details: import_zod.z.object({ subscription: optionalId }).nullish().catch(null)
      }).nullish().catch(null)
    })
  })
});
function ofSnapshot({ data: { object }, ...event }) {
  const own = (kind) => object.object === kind ? object.id : null;
  const customer = own("customer") ?? object.customer;
  return {
    id: event.id,
    type: event.type,
    createdAt: event.created * SECOND_MS,
    livemode: event.livemode,
    apiVersion: event.api_version ?? null,
    context: event.account,
    customer: customer === null ? null : asCustomerId(customer),
    invoice: own("invoice") ?? object.invoice,
    subscription: own("subscription") ?? object.subscription ?? object.parent?.subscription_details?.subscription ?? null,
    related: null
  };
}
var relatedUrl = import_zod.z.string().regex(/^\/v[12]\/[a-z_/]{1,80}\/[A-Za-z0-9_]{1,80}$/);
var thinShape = import_zod.z.object({
  id: word,
  object: import_zod.z.literal("v2.core.event"),
  type: word,
  created: import_zod.z.iso.datetime({ offset: true }),
  livemode: import_zod.z.boolean(),
  context: word.nullish().catch(null),
  snapshot_event: word.nullish().catch(null),
  related_object: import_zod.z.object({ id: word, type: word, url: relatedUrl }).nullish().catch(null)
});
function ofThin({ related_object: object, ...event }) {
  const own = (kind) => object?.type === kind ? object.id : null;
  const customer = own("customer");
  return {
    id: event.snapshot_event ?? event.id,
    // The thin event of `invoice.paid` is `v1.invoice.paid`.
    type: event.type.replace(/^v1\./, ""),
    createdAt: Date.parse(event.created),
    livemode: event.livemode,
    apiVersion: null,
    context: event.context ?? null,
    customer: customer === null ? null : asCustomerId(customer),
    invoice: own("invoice"),
    subscription: own("subscription"),
    related: object?.url ?? null
  };
}

// src/adapters/stripe/secrets.ts
var import_node_crypto = require("node:crypto");
var countsAt = ({ until }, now) => until === null || now < until;
var fingerprintOf = (secret2) => (0, import_node_crypto.createHash)("sha256").update(secret2).digest("hex").slice(0, 8);

// src/adapters/stripe/probe.ts
var text = '{"object":"forbear.probe"}';
var bytes = Buffer.from(text);
var isProbe = (body) => bytes.equals(body);

// src/adapters/stripe/webhook.ts
var longestHeader = 2048;
var mostSignatures = 16;
function createStripeVerifier({ secrets, toleranceMs }) {
  const keys = secrets.map(({ secret: secret2, until }) => ({
    key: (0, import_node_crypto2.createSecretKey)(Buffer.from(secret2)),
    until,
    fingerprint: fingerprintOf(secret2)
  }));
  return {
    verify(rawBody, signature, nowMs) {
      const stamp = stampOf(signature);
      if ("reason" in stamp) return stamp;
      const match = keys.filter((one) => countsAt(one, nowMs)).find(({ key }) => isSignedBy(key, rawBody, stamp));
      if (match === void 0) return mismatch(rawBody);
      if (nowMs - stamp.at > toleranceMs)
        return refuse("timestamp_too_old", "signed too long ago: replayed, or our clock is ahead");
      if (stamp.at - nowMs > toleranceMs)
        return refuse("timestamp_in_future", "signed in the future: our clock is behind");
      if (isProbe(rawBody)) return { accepted: false, reason: "probe", hint: "the way in is open" };
      const reading = readEvent(rawBody);
      return reading.event === null ? refuse("not_an_event", reading.hint) : { accepted: true, event: reading.event, secret: match.fingerprint };
    }
  };
}
var refuse = (reason, hint) => ({ accepted: false, reason, hint });
function stampOf(header) {
  const malformed = (hint) => refuse("signature_malformed", hint);
  if (header === void 0 || header === "")
    return refuse(
      "signature_missing",
      "no Stripe-Signature header: is this really Stripe, or a proxy that drops headers?"
    );
  if (/[^\x20-\x7e]/.test(header))
    return malformed("the Stripe-Signature header is not plain ASCII: does a proxy rewrite headers?");
  if (header.includes(" "))
    return malformed("the Stripe-Signature header came more than once, or has spaces: does a proxy add one?");
  const items = header.split(",");
  if (header.length > longestHeader || items.length > mostSignatures)
    return malformed("the Stripe-Signature header has far more signatures than Stripe sends");
  const valuesOf = (name) => items.filter((item) => item.startsWith(`${name}=`)).map((item) => item.slice(name.length + 1));
  const [t, ...others] = valuesOf("t");
  const signatures = valuesOf("v1").map((signature) => Buffer.from(signature));
  if (t === void 0 || !/^\d{1,12}$/.test(t) || others.length > 0 || signatures.length === 0)
    return malformed("the Stripe-Signature header is not t=\u2026,v1=\u2026");
  return { t, at: Number(t) * SECOND_MS, signatures };
}
function isSignedBy(key, body, { t, signatures }) {
  const expected = Buffer.from((0, import_node_crypto2.createHmac)("sha256", key).update(`${t}.`).update(body).digest("hex"));
  return signatures.some((given) => given.length === expected.length && (0, import_node_crypto2.timingSafeEqual)(given, expected));
}
function mismatch(body) {
  const closing = 125;
  const last = body.findLast((byte) => byte > 32);
  return last === closing ? refuse(
    "signature_mismatch",
    "no active secret matches: is it the secret of this endpoint, and of this mode? or does something rewrite the body?"
  ) : refuse(
    "cut_off",
    "no active secret matches, and the body does not end as JSON does: is it cut off on its way?"
  );
}

// test/simulation/deliveries.ts
var secret = "whsec_of_the_simulation";
var verifier = createStripeVerifier({ secrets: [{ secret, until: null }], toleranceMs: 5 * MINUTE_MS });
var bodyOf = (id, type, customer, createdMs, livemode) => JSON.stringify({
  id,
  object: "event",
  type,
  created: Math.floor(createdMs / SECOND_MS),
  livemode,
  data: { object: { id: "in_1", object: "invoice", customer } }
});
var signed = (body, atMs, key) => {
  const t = Math.floor(atMs / SECOND_MS);
  return `t=${t},v1=${(0, import_node_crypto3.createHmac)("sha256", key).update(`${t}.${body}`).digest("hex")}`;
};
var sampledEvery = 64;
function isGenuine({ intake, now }, { id, type, subject, livemode }) {
  if (id % sampledEvery !== 0) return true;
  const body = bodyOf(`evt_${id}`, type, `cus_${subject.index}`, now, livemode);
  const verdict = verifier.verify(Buffer.from(body), signed(body, now, secret), now);
  intake.sampled += 1;
  const isRead = verdict.accepted && verdict.event.id === `evt_${id}` && verdict.event.type === type && verdict.event.livemode === livemode && verdict.event.customer === `cus_${subject.index}`;
  if (!isRead) intake.findings.push(`a genuine delivery of ${type} was refused or misread`);
  return true;
}
function drawDelivery({ dice, now }, { index }) {
  const body = bodyOf("evt_forged", "invoice.paid", `cus_${index}`, now, true);
  const good = signed(body, now, secret);
  const draw = dice.whole(0, 6);
  const [bytes2, header] = draw === 0 ? [Buffer.from(body), void 0] : draw === 1 ? [Buffer.from(body), signed(body, now, "whsec_of_somebody_else")] : draw === 2 ? [Buffer.from(body), signed(body, now - DAY_MS, secret)] : draw === 3 ? [Buffer.from(body), signed(body, now + DAY_MS, secret)] : draw === 4 ? [Buffer.from(body.slice(0, -9)), good] : draw === 5 ? [Buffer.from(body.replace("invoice.paid", "invoice.void")), good] : [Buffer.from("not JSON"), signed("not JSON", now, secret)];
  return verifier.verify(bytes2, header, now).accepted ? "accepted" : "refused";
}

// test/simulation/intake.ts
function raise(world, subject, type, at) {
  const { dice, faults } = world;
  const { rates, healAt } = faults;
  const isIll = at < healAt;
  if (isIll && dice.chance(rates.neverRaised)) return;
  const livemode = !(isIll && dice.chance(rates.testMode));
  const event = { id: world.eventCount += 1, type, subject, livemode };
  if (isIll && dice.chance(rates.dropped)) fetchLater(world, event, at);
  else world.agenda.enter(arrivalOf(world, at, isIll), { kind: "deliver", event, tries: 0 });
  if (isIll && dice.chance(rates.doubled))
    world.agenda.enter(arrivalOf(world, at, isIll), { kind: "deliver", event, tries: 0 });
  if (!livemode) raise(world, subject, type, at + 1);
}
function arrivalOf({ dice, faults }, at, isIll) {
  const isLate = isIll && dice.chance(faults.rates.delayed);
  return Math.round(at + (isLate ? dice.next() * longestDelayMs : dice.next() * 20 * SECOND_MS));
}
var pollMs = 10 * MINUTE_MS;
function fetchLater(world, event, after) {
  const { stripeDown, intakeDown } = world.faults.spells;
  const at = (Math.floor(after / pollMs) + 1) * pollMs;
  world.agenda.enter(endOf(intakeDown, endOf(stripeDown, at)), { kind: "fetch", event });
}
var retryMs = [5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 12 * HOUR_MS, DAY_MS];
function deliver(world, event, tries) {
  const status = answer(world, event);
  const isDone = status !== null && status >= 200 && status < 300;
  if (isDone) world.intake.acknowledged.add(event.id);
  if (isDone) return;
  const waitMs = retryMs[tries];
  if (waitMs === void 0) fetchLater(world, event, world.now);
  else world.agenda.enter(world.now + waitMs, { kind: "deliver", event, tries: tries + 1 });
}
function answer(world, event) {
  const { core, faults, now, intake } = world;
  if (spanAt(faults.spells.intakeDown, now) !== null) return null;
  const isSecretWrong = spanAt(faults.spells.wrongSecret, now) !== null;
  if (isSecretWrong || !isGenuine(world, event)) {
    intake.refused += 1;
    return answerRefused(world);
  }
  if (strikes(world, faults.rates.notSerialised)) return core.answerTo("failed");
  return core.answerTo(store(world, event));
}
function answerRefused({ core, intake }) {
  const status = core.answerTo(null);
  if (status < 300) intake.refusedBadly += 1;
  return status;
}
function store(world, event) {
  const { core, intake, faults } = world;
  const known = intake.rows.get(event.id);
  if (known !== void 0 && !core.isStoredAgain) return "known";
  const row = { event, state: core.shutsOut(event.livemode ? "accepted" : "wrong_mode") ? "ignored" : "pending" };
  const rows = known ?? [];
  const stored = { ...row };
  rows.push(stored);
  intake.rows.set(event.id, rows);
  if (stored.state === "pending") {
    event.subject.pending.push(stored);
    dispatchSoon(world, event.subject);
  }
  return strikes(world, faults.rates.lostAfterCommit) ? "lost" : "committed";
}
function fetchMissed(world, event) {
  const { intakeDown, stripeDown } = world.faults.spells;
  if (spanAt(intakeDown, world.now) !== null || spanAt(stripeDown, world.now) !== null)
    return fetchLater(world, event, world.now);
  if (store(world, event) === "lost") fetchLater(world, event, world.now);
}
function forge(world, subject) {
  const { intake } = world;
  const rowsBefore = intake.rows.size;
  const verdict = drawDelivery(world, subject);
  intake.refused += 1;
  if (verdict === "accepted") intake.findings.push("a forged delivery was accepted");
  answerRefused(world);
  if (intake.rows.size !== rowsBefore) intake.findings.push("a forged delivery left a row");
}

// test/simulation/lives.ts
var kinds = ["prompt", "late", "never", "debit", "twice", "ended", "confirming"];
var weights = {
  prompt: 67,
  late: 16,
  never: 9,
  debit: 2,
  twice: 3,
  ended: 2,
  confirming: 1
};
function drawKind(dice) {
  let left = dice.next() * 100;
  return kinds.find((kind) => (left -= weights[kind]) < 0) ?? "prompt";
}
function drawCourse(dice, policy, bornAt, settledBy) {
  const drawn = drawKind(dice);
  const kind = drawn === "never" && policy.decommission === null ? "late" : drawn;
  const truth = drawTruth(dice, kind, policy, bornAt, settledBy);
  return { truth, wishes: dice.chance(0.15) ? drawWishes(dice, bornAt) : [] };
}
function drawTruth(dice, kind, policy, bornAt, settledBy) {
  const pauseMs = policy.pause?.afterMs ?? 0;
  const promptMs = dice.next() ** 2 * Math.max(2 * HOUR_MS, pauseMs);
  const lateMs = pauseMs + dice.next() * 7 * DAY_MS;
  const afterMs = kind === "prompt" ? promptMs : kind === "never" ? Infinity : lateMs;
  const paidAt = Math.round(bornAt + afterMs);
  const first = {
    id: invoiceOf(0),
    amountMinor: dice.pick([900, 4900, 19900]),
    overdueAt: bornAt,
    paidAt: kind === "never" ? Infinity : Math.min(paidAt, settledBy),
    collection: dice.pick(["sent", "automatic"]),
    inFlight: null,
    confirming: null
  };
  const within2 = (longestMs) => {
    const from = Math.round(bornAt + dice.next() * 4 * DAY_MS);
    return { from, to: Math.round(from + dice.next() * longestMs) };
  };
  switch (kind) {
    case "prompt":
    case "late":
    case "never":
      return { debts: [first], ended: null };
    case "debit":
      return { debts: [{ ...first, inFlight: within2(4 * DAY_MS) }], ended: null };
    case "confirming":
      return { debts: [{ ...first, collection: "automatic", confirming: within2(4 * DAY_MS) }], ended: null };
    case "ended": {
      const from = Math.round(bornAt + dice.next() * 3 * DAY_MS);
      return { debts: [first], ended: { from, to: settledBy } };
    }
    case "twice": {
      const overdueAt = Math.round(bornAt + dice.next() * 10 * DAY_MS);
      const second = { ...first, id: invoiceOf(1), overdueAt };
      return { debts: [first, { ...second, paidAt: Math.min(overdueAt + lateMs, settledBy) }], ended: null };
    }
  }
}
function drawWishes(dice, bornAt) {
  const at = () => Math.round(bornAt + dice.next() * 10 * DAY_MS + MINUTE_MS);
  const days = () => dice.pick([0.5, 1, 3]);
  const one = () => {
    const draw = dice.whole(0, 7);
    switch (draw) {
      case 0:
      case 1:
        return { kind: "extend", days: days() };
      case 2:
        return { kind: "exempt", days: days() };
      case 3:
        return { kind: "restrict", access: dice.pick(["read_only", "suspended"]), days: days() };
      case 4:
        return { kind: "lift" };
      case 5:
        return { kind: "promise", days: days() };
      case 6:
        return { kind: "forgive" };
      default:
        return { kind: dice.pick(["unrestrict", "recheck"]) };
    }
  };
  return dice.chance(0.3) ? [{ at: at(), wish: one() }, { at: at(), wish: one() }] : [{ at: at(), wish: one() }];
}

// test/simulation/people.ts
function order(world, subject, wish) {
  const { faults, now, core } = world;
  if (spanAt(faults.spells.workersDown, now) !== null) return;
  const request = requestFor(world, subject, wish);
  const isOpen3 = subject.run !== null || subject.saved !== null && subject.saved.closedAt === null;
  if (request === null || !isOpen3 && wish.kind !== "restrict") return;
  const { life = null } = subject.run ?? {};
  if (life !== null && !life.file.orders.includes(request.id) && life.standing?.complete === true) {
    const { file, policy, standing } = life;
    if ("refusal" in core.ruleOn(file, request, { policy, standing, now })) return;
  }
  send(world, subject, request);
  if (strikes(world, faults.rates.doubleClicks)) send(world, subject, request);
}
function send(world, subject, request) {
  const taken2 = (refusal) => {
    const file = subject.run?.life?.file ?? subject.saved;
    if (file === null) return;
    subject.marks.push({ kind: "order", at: world.now, request, refusal, file });
  };
  const message = { kind: "order", request, taken: taken2 };
  subject.mailbox.push(message);
  wakeSoon(world, subject);
}
function requestFor(world, { truth, ledger }, wish) {
  const { now } = world;
  const signature = { id: `order-${world.orderCount += 1}`, by: "ada", reason: "asked for" };
  const overdue = truth.debts.filter(
    ({ overdueAt, paidAt, id }) => overdueAt <= now && now < paidAt && !ledger.forgiven.includes(id)
  );
  switch (wish.kind) {
    case "extend":
      return { ...signature, kind: "extendGrace", days: wish.days };
    case "exempt":
      return { ...signature, kind: "exempt", until: now + wish.days * DAY_MS, invoices: [] };
    case "forgive":
      return overdue.length === 0 ? null : { ...signature, kind: "exempt", until: null, invoices: overdue.slice(0, 1).map(({ id }) => id) };
    case "restrict":
      return { ...signature, kind: "restrict", access: wish.access, until: now + wish.days * DAY_MS };
    case "lift":
      return { ...signature, kind: "lift", restriction: "nonpayment" };
    case "unrestrict":
      return { ...signature, kind: "lift", restriction: "manual" };
    case "promise": {
      const amountMinor = overdue.reduce((sum3, debt2) => sum3 + debt2.amountMinor, 0);
      if (amountMinor === 0) return null;
      return { ...signature, kind: "promise", instalments: [{ dueAt: now + wish.days * DAY_MS, amountMinor }] };
    }
    case "recheck":
      return { ...signature, kind: "recheck" };
    case "decide":
      return { ...signature, kind: wish.approved ? "approve" : "reject", plan: wish.plan };
  }
}

// test/simulation/policies.ts
var brief = {
  name: "brief",
  retryWindowMs: 0,
  reminders: [{ afterMs: DAY_MS }],
  limit: null,
  pause: { afterMs: 4 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true },
  decommission: {
    afterMs: 7 * DAY_MS,
    retentionMs: 4 * DAY_MS,
    approvalMs: 3 * DAY_MS,
    approvers: ["operations@example.com"],
    collection: "cancel"
  },
  fallbackPlan: null,
  dwellMs: 12 * HOUR_MS,
  longestEpisodeMs: 30 * DAY_MS,
  longestExtensionMs: 60 * DAY_MS,
  longestAgreementMs: 180 * DAY_MS,
  longestProcessingMs: 10 * DAY_MS,
  confirmationMs: 3 * DAY_MS,
  thresholdsMinor: {},
  exposure: null,
  retryOnNewCard: true,
  clock: "first_failure",
  segment: null,
  own: null,
  almanac: null,
  contact: "billing@example.com",
  exportUrl: null,
  language: "en",
  recheckMs: 30 * SECOND_MS,
  holdRetryMs: 6 * HOUR_MS
};
var stepped = {
  ...brief,
  name: "stepped",
  reminders: [{ afterMs: DAY_MS }, { afterMs: 3 * DAY_MS }],
  limit: { afterMs: 4 * DAY_MS, leadMs: DAY_MS },
  pause: { afterMs: 6 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true },
  dwellMs: DAY_MS
};
var immediate = {
  ...brief,
  name: "immediate",
  pause: { afterMs: 0, leadMs: 0, immediate: true, drain: false }
};
var gentle = {
  ...brief,
  name: "gentle",
  limit: { afterMs: 0, leadMs: 0 },
  pause: { afterMs: 5 * DAY_MS, leadMs: 3 * DAY_MS, immediate: false, drain: true },
  decommission: null,
  fallbackPlan: { plan: "free", limits: { seats: 1 } },
  thresholdsMinor: { eur: 500 }
};
var officeHours = (clocksChangeAt) => ({
  offsets: [
    [0, HOUR_MS],
    [clocksChangeAt, 2 * HOUR_MS]
  ],
  weekdays: [1, 2, 3, 4, 5],
  hours: { fromMs: 9 * HOUR_MS, toMs: 17 * HOUR_MS },
  closed: []
});
function policiesOf(clocksChangeAt) {
  const office = { ...brief, name: "office", almanac: officeHours(clocksChangeAt) };
  return [brief, brief, brief, stepped, immediate, gentle, office];
}

// test/simulation/random.ts
function diceOf(seed, stream = 0) {
  let [a, b, c, counter] = [seed | 0, stream | 0, 2654435769 | 0, 1];
  const draw = () => {
    const sum3 = (a + b | 0) + counter | 0;
    counter = counter + 1 | 0;
    a = b ^ b >>> 9;
    b = c + (c << 3) | 0;
    c = (c << 21 | c >>> 11) + sum3;
    c |= 0;
    return (sum3 >>> 0) / 4294967296;
  };
  for (let round = 0; round < 12; round += 1) draw();
  return {
    next: draw,
    chance: (probability) => draw() < probability,
    whole: (least, most) => least + Math.floor(draw() * (most - least + 1)),
    pick: (from) => from[Math.floor(draw() * from.length)] ?? from[0]
  };
}

// test/simulation/engine.ts
var beginnings = [
  Date.UTC(2026, 10, 2, 9),
  Date.UTC(2028, 1, 10, 7),
  Date.UTC(2027, 2, 5, 3),
  Date.UTC(2026, 9, 1, 12),
  Date.UTC(2027, 11, 20, 23)
];
var unwellMs = 40 * DAY_MS;
var bornMs = 34 * DAY_MS;
var settledMs = 52 * DAY_MS;
var wholeMs = 80 * DAY_MS;
function createWorld(seed, options = {}) {
  const { core = soundCore, accounts = 400, healthy = false } = options;
  const dice = diceOf(seed);
  const startAt = dice.pick(beginnings);
  const healAt = startAt + unwellMs;
  const homes = { de: 0, fr: 0, us: 0, br: 0 };
  const drawn = drawFaults(dice, startAt, healAt);
  const policies = policiesOf(startAt + dice.whole(1, 40) * DAY_MS);
  const world = {
    seed,
    core,
    dice,
    faults: healthy ? noFaults(startAt) : drawn,
    startAt,
    endAt: startAt + wholeMs,
    subjects: [],
    agenda: createAgenda(),
    intake: { rows: /* @__PURE__ */ new Map(), acknowledged: /* @__PURE__ */ new Set(), refusedBadly: 0, refused: 0, sampled: 0, findings: [] },
    breakers: newBook(accounts, homes, dice),
    now: startAt,
    eventCount: 0,
    orderCount: 0
  };
  for (let index = 0; index < accounts; index += 1) populate(world, index, policies, homes);
  return world;
}
function populate(world, index, policies, homes) {
  const { dice, startAt } = world;
  const policy = dice.pick(policies);
  const country = dice.pick(["de", "fr", "us", "br"]);
  homes[country] += 1;
  const course = drawCourse(dice, policy, startAt + Math.round(dice.next() * bornMs), startAt + settledMs);
  const subject = subjectOf(index, policy, course, country, dice);
  world.subjects.push(subject);
  foretell(world, subject, course);
}
function subjectOf(index, policy, { truth }, country, dice) {
  return {
    index,
    id: asAccountId(`account-${index}`),
    policy,
    truth,
    country,
    resources: resourcesOf(index, dice),
    ledger: newLedger(),
    marks: [],
    pending: [],
    mailbox: [],
    saved: null,
    run: null,
    caseCount: 0,
    dispatchAt: -Infinity,
    signalledAt: -Infinity,
    isCollectionOver: false,
    known: null,
    stages: /* @__PURE__ */ new Set()
  };
}
function resourcesOf(owner, dice) {
  return Array.from({ length: dice.whole(1, 2) }, (_, n2) => {
    const sizeBefore = dice.whole(1, 4);
    const state = { size: sizeBefore, isLocked: false, isGone: false, kept: null };
    return { name: `web-${n2}`, owner, isProtected: false, sizeBefore, ...state };
  });
}
function foretell(world, subject, { truth, wishes }) {
  const { dice, faults, agenda } = world;
  const tell3 = (type, at) => {
    if (at < world.endAt) raise(world, subject, type, at);
  };
  for (const { overdueAt, paidAt, collection, inFlight, confirming } of truth.debts) {
    tell3(collection === "sent" ? "invoice.overdue" : "invoice.payment_failed", overdueAt);
    tell3("invoice.paid", paidAt);
    tell3("invoice.payment_succeeded", paidAt);
    if (inFlight !== null) tell3("payment_intent.processing", inFlight.from);
    if (inFlight !== null) tell3("invoice.payment_failed", inFlight.to);
    if (confirming !== null) tell3("invoice.payment_action_required", confirming.from);
    auditFrom(world, subject, overdueAt, DAY_MS);
    if (paidAt < world.endAt) auditFrom(world, subject, paidAt, sweepMs);
  }
  if (truth.ended !== null) {
    tell3("customer.subscription.deleted", truth.ended.from);
    tell3("customer.subscription.created", truth.ended.to);
    auditFrom(world, subject, truth.ended.to, sweepMs);
  }
  for (const { at, wish } of wishes) agenda.enter(at, { kind: "wish", subject, wish });
  if (dice.chance(faults.rates.forged))
    agenda.enter(world.startAt + dice.next() * unwellMs, { kind: "forge", subject });
}
var sweepMs = 10 * MINUTE_MS;
var auditFrom = (world, subject, at, everyMs) => world.agenda.enter((Math.floor(at / everyMs) + 1) * everyMs, { kind: "audit", subject, everyMs });
function audit(world, subject, everyMs) {
  const { now, faults } = world;
  const { stripeDown, workersDown } = faults.spells;
  const isUp = spanAt(stripeDown, now) === null && spanAt(workersDown, now) === null;
  const owes = subject.truth.debts.some(({ overdueAt, paidAt }) => overdueAt <= now && now < paidAt);
  const differs = owes ? everyMs === DAY_MS && subject.run === null : everyMs < DAY_MS && isOff(subject, now);
  if (differs && isUp) signal(world, subject, owes ? "paymentFailed" : "billingChanged");
  const isOver = everyMs === DAY_MS ? !owes : owes || !isInTrouble(subject) && subject.run === null;
  if (isOver || subject.saved?.stage === "decommissioned") return;
  const nextMs = everyMs < DAY_MS && differs && isUp ? Math.min(everyMs * 2, 12 * HOUR_MS) : everyMs;
  world.agenda.enter(now + nextMs, { kind: "audit", subject, everyMs: nextMs });
}
var isOff = (subject, now) => isInTrouble(subject) && !(subject.saved?.ended === true && isWithin(subject.truth.ended, now));
function runWorld(world) {
  const { agenda, endAt } = world;
  for (let next = agenda.next(); next !== null && next.at < endAt; next = agenda.next()) {
    world.now = next.at;
    happen(world, next.what);
  }
  world.now = endAt;
  return world;
}
function happen(world, entry) {
  switch (entry.kind) {
    case "deliver":
      return deliver(world, entry.event, entry.tries);
    case "fetch":
      return fetchMissed(world, entry.event);
    case "forge":
      return forge(world, entry.subject);
    case "dispatch":
      return dispatch(world, entry.subject);
    case "wake":
      return wake(world, entry.subject, entry.token);
    case "act":
      return resumeAct(world, entry.subject, entry.attempt);
    case "wish":
      return order(world, entry.subject, entry.wish);
    case "audit":
      return audit(world, entry.subject, entry.everyMs);
    case "release":
      return release(world.breakers, entry.breaker, world.dice.whole(5, 60), world.now);
  }
}

// test/simulation/zz.ts
var t0 = performance.now();
var c0 = process.cpuUsage();
var n = 0;
var st = {};
var marks = 0;
var k = {};
var hold3 = {};
for (let seed = 1; seed <= 12; seed++) {
  const t = performance.now();
  const w = runWorld(createWorld(seed));
  n += w.subjects.length;
  for (const s of w.subjects) {
    for (const x of s.stages) st[x] = (st[x] ?? 0) + 1;
    if (s.ledger.effects.some((e) => e.act.step === "lift" && e.outcome?.status === "done")) st.lifted = (st.lifted ?? 0) + 1;
    marks += s.marks.length;
    for (const m of s.marks) {
      k[m.kind] = (k[m.kind] ?? 0) + 1;
      if (m.kind === "found") console.log(seed, s.index, m.text);
      if (m.kind === "claim" && m.reason) hold3[m.reason + (m.breaker ?? "")] = (hold3[m.reason + (m.breaker ?? "")] ?? 0) + 1;
    }
  }
  console.log(seed, Math.round(performance.now() - t) + "ms", w.intake.findings);
}
var cc = process.cpuUsage(c0);
console.log("cpu", Math.round(n / ((cc.user + cc.system) / 1e6)) + "/s");
console.log(n, Math.round(n / (performance.now() - t0) * 1e3) + "/s", st, marks / n, k, hold3);
