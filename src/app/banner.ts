import type { BannerAnswer } from './banner-answer.js';

// One module without imports: a page may load it as it is.

type Language = 'en' | 'de';

/** The texts, each of which an attribute `text-<name>` replaces. `{date}` is the date that the mails name. */
const texts = {
  en: {
    overdue: 'A payment is overdue.',
    'read-only': 'Your account is read-only, because a payment is overdue.',
    paused: 'Your services are paused, because a payment is overdue.',
    gone: 'Your account is closed, because a payment stayed overdue.',
    limit: 'We will set your account to read-only on {date} unless it is paid.',
    pause: 'We will pause your services on {date} unless it is paid.',
    decommission: 'After {date} we will delete your services and their data for good unless it is paid.',
    pay: 'Pay now',
    dismiss: 'Dismiss',
  },
  de: {
    overdue: 'Eine Zahlung ist überfällig.',
    'read-only': 'Ihr Konto ist auf Lesezugriff beschränkt, weil eine Zahlung überfällig ist.',
    paused: 'Ihre Dienste sind pausiert, weil eine Zahlung überfällig ist.',
    gone: 'Ihr Konto ist geschlossen, weil eine Zahlung überfällig blieb.',
    limit: 'Am {date} beschränken wir Ihr Konto auf Lesezugriff, sofern sie bis dahin nicht bezahlt ist.',
    pause: 'Am {date} pausieren wir Ihre Dienste, sofern sie bis dahin nicht bezahlt ist.',
    decommission:
      'Ihre Frist endet am {date}. Danach löschen wir Ihre Dienste und deren Daten endgültig, sofern sie bis dahin nicht bezahlt ist.',
    pay: 'Jetzt bezahlen',
    dismiss: 'Ausblenden',
  },
} as const satisfies Record<Language, Record<string, string>>;
type TextName = keyof (typeof texts)['en'];

const textNames = Object.keys(texts.en) as TextName[];

const style = `
:host { display: block; }
:host([hidden]), [hidden] { display: none !important; }
div { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; font: 1rem/1.4 system-ui, sans-serif; }
div.shown { padding: .75rem 1rem; color: var(--forbear-text, #3b2f00); background: var(--forbear-background, #fff4c2); border-bottom: 1px solid var(--forbear-line, #d9bf57); }
div.taken { color: var(--forbear-text, #5c1209); background: var(--forbear-background, #fde7e4); border-color: var(--forbear-line, #e5a49b); }
p { flex: 1 1 20rem; margin: 0; overflow-wrap: anywhere; }
a { color: inherit; font-weight: 600; padding: .35rem 0; }
button { font: inherit; color: inherit; background: none; border: 1px solid currentColor; border-radius: .375rem; padding: .3rem .8rem; cursor: pointer; }
:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
`;

/**
 * `<forbear-banner src="/billing/banner">` shows what comes next and when, and where to pay. Attributes: `src` (answers a
 * `BannerAnswer`; asked again when the page is looked at again), `lang`, `time-zone` (UTC unless told), `text-…`. Property:
 * `answer`. When `src` can't be read, it sends the event `forbear-problem` and goes on showing what it knew.
 */
export class ForbearBanner extends HTMLElement {
  static readonly observedAttributes = [
    'src',
    'lang',
    'time-zone',
    ...textNames.map((name) => `text-${name}`),
  ];

  readonly #bar = document.createElement('div');
  readonly #status = document.createElement('p');
  readonly #link = document.createElement('a');
  readonly #button = document.createElement('button');
  readonly #look = () => void this.#lookAgain();
  #answer: BannerAnswer | null = null;
  #asked = 0;

  constructor() {
    super();
    this.#status.setAttribute('role', 'status');
    this.#bar.append(this.#status, this.#link, this.#button);
    this.#bar.setAttribute('part', 'bar');
    this.#link.setAttribute('part', 'pay');
    this.#button.setAttribute('part', 'dismiss');
    this.#button.type = 'button';
    this.#button.addEventListener('click', () => this.#dismiss());
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#bar);
    this.#show();
  }

  get answer(): BannerAnswer | null {
    return this.#answer;
  }

  set answer(answer: BannerAnswer | null) {
    this.#answer = answer;
    this.#show();
  }

  connectedCallback(): void {
    document.addEventListener('visibilitychange', this.#look);
    this.#show();
    this.#look();
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this.#look);
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (name === 'src') this.#look();
    else this.#show();
  }

  async #lookAgain(): Promise<void> {
    const src = this.getAttribute('src');
    if (src === null || !this.isConnected || document.visibilityState === 'hidden') return;
    const turn = ++this.#asked;
    try {
      const response = await fetch(src, {
        headers: { accept: 'application/json' },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(`${src} answered ${response.status}`);
      const answer = parseAnswer(await response.json());
      // Of two questions the later one counts, whichever is answered first.
      if (turn === this.#asked) this.answer = answer;
    } catch (error) {
      this.dispatchEvent(new CustomEvent('forbear-problem', { detail: error }));
    }
  }

  #show(): void {
    const answer = this.#answer;
    const isShown = answer?.isOverdue === true && !(isReminder(answer) && wasDismissed(answer));
    if (!isShown) {
      this.#clear();
      return;
    }
    this.#bar.classList.add('shown');
    this.#bar.lang = this.#language();
    this.#bar.classList.toggle('taken', !isReminder(answer));
    this.#status.textContent = this.#sentences(answer);
    this.#link.textContent = this.#text('pay');
    this.#link.hidden = !isWebAddress(answer.payUrl);
    if (isWebAddress(answer.payUrl)) this.#link.href = answer.payUrl;
    else this.#link.removeAttribute('href');
    this.#button.textContent = this.#text('dismiss');
    this.#button.hidden = !isReminder(answer);
  }

  #sentences(answer: BannerAnswer): string {
    const state = this.#text(stateOf(answer));
    const { access, nextStep } = answer;
    // An account is closed before its deletion is through: what is announced then is being done already.
    if (access === 'decommissioned') return state;
    if (nextStep === null || nextStep.step === 'remind' || Number.isNaN(Date.parse(nextStep.at)))
      return state;
    const date = formatDate(new Date(nextStep.at), this.#language(), this.getAttribute('time-zone'));
    return `${state} ${this.#text(nextStep.step).replaceAll('{date}', () => date)}`;
  }

  #text(name: TextName): string {
    return this.getAttribute(`text-${name}`) ?? texts[wordsFor(this.#language())][name];
  }

  #language(): string {
    const named = this.closest('[lang]')?.getAttribute('lang') ?? navigator.language;
    return isLanguage(named) ? named : 'en';
  }

  #dismiss(): void {
    if (this.#answer === null) return;
    try {
      sessionStorage.setItem(dismissalOf(this.#answer), 'dismissed');
    } catch {
      // Where nothing can be kept, it is gone until the page is loaded again.
    }
    this.#clear();
  }

  /** Empty, but there: what appears in a status is heard only if the status stood there before. */
  #clear(): void {
    this.#bar.classList.remove('shown', 'taken');
    this.#status.textContent = '';
    this.#link.hidden = true;
    this.#button.hidden = true;
  }
}

function isReminder({ access }: BannerAnswer): boolean {
  return access === 'active' || access === 'grace_period';
}

function stateOf({ access }: BannerAnswer): TextName {
  switch (access) {
    case 'active':
    case 'grace_period':
      return 'overdue';
    case 'read_only':
      return 'read-only';
    case 'suspended':
    case 'revoked_pending':
    case 'revoked':
      return 'paused';
    case 'decommissioned':
      return 'gone';
  }
}

/** A new date is news: what was dismissed before does not hide it. */
function dismissalOf({ nextStep }: BannerAnswer): string {
  return `forbear-banner:${nextStep === null ? '' : `${nextStep.step}:${nextStep.at}`}`;
}

function wasDismissed(answer: BannerAnswer): boolean {
  try {
    return sessionStorage.getItem(dismissalOf(answer)) !== null;
  } catch {
    return false;
  }
}

/** As the mails write it: `Tuesday, 24 November 2026, 09:00 UTC`. In languages that we have no words in, as `Intl` does. */
function formatDate(date: Date, language: string, timeZone: string | null): string {
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    // Only where a policy counts in seconds.
    ...(date.getTime() % 60_000 === 0 ? {} : { second: '2-digit' }),
    timeZoneName: 'short',
    timeZone: timeZone !== null && isTimeZone(timeZone) ? timeZone : 'UTC',
    hourCycle: 'h23',
  });
  if (!/^(en|de)\b/i.test(language)) return format.format(date);
  const parts = new Map(format.formatToParts(date).map(({ type, value }) => [type, value]));
  const clock = ['hour', 'minute', 'second'] as const;
  const time = clock.flatMap((part) => parts.get(part) ?? []).join(':');
  const [day, oClock] = wordsFor(language) === 'de' ? ['.', ' Uhr'] : ['', ''];
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return `${of('weekday')}, ${of('day')}${day} ${of('month')} ${of('year')}, ${time}${oClock} ${of('timeZoneName')}`;
}

function wordsFor(language: string): Language {
  return /^de\b/i.test(language) ? 'de' : 'en';
}

function isLanguage(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length === 1;
  } catch {
    return false;
  }
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

function isWebAddress(address: string | null): address is string {
  return address !== null && URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}

function parseAnswer(value: unknown): BannerAnswer {
  const answer = value as Partial<BannerAnswer> | null;
  const levels = ['active', 'grace_period', 'read_only', 'suspended', 'revoked_pending', 'revoked'];
  const isAnswer =
    typeof answer?.isOverdue === 'boolean' &&
    [...levels, 'decommissioned'].includes(String(answer.access)) &&
    (answer.payUrl === null || typeof answer.payUrl === 'string') &&
    (answer.nextStep === null || typeof answer.nextStep?.at === 'string');
  if (!isAnswer)
    throw new TypeError('src does not answer what bannerAnswer makes: pass its result on as JSON.');
  return answer as BannerAnswer;
}

if (customElements.get('forbear-banner') === undefined)
  customElements.define('forbear-banner', ForbearBanner);

declare global {
  interface HTMLElementTagNameMap {
    'forbear-banner': ForbearBanner;
  }
}
