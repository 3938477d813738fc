/*
 * Texts in the visitor's language. A language is a table like en/chat.ts and a line in TABLES; plural forms
 * follow Intl.PluralRules, so a table may have `few` or `many` where English has only `one` and `other`.
 */
import { chatStrings } from './en/chat.ts';
import type { ChatStrings } from './en/chat.ts';

const TABLES: Record<string, ChatStrings> = { en: chatStrings };

type Plural = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;

export class Text {
  readonly s: ChatStrings;
  private readonly plurals: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;
  private readonly clock: Intl.DateTimeFormat;
  private readonly day: Intl.DateTimeFormat;
  private readonly near: Intl.RelativeTimeFormat;

  /** `language` is a BCP 47 tag; a language without a table gets English texts, but its own dates. */
  constructor(language: string) {
    const known = Intl.DateTimeFormat.supportedLocalesOf([language])[0];
    const table = TABLES[language.split('-')[0]!.toLowerCase()];
    this.s = table ?? chatStrings;
    this.plurals = new Intl.PluralRules(table ? known : 'en');
    this.numbers = new Intl.NumberFormat(known);
    this.clock = new Intl.DateTimeFormat(known, { hour: 'numeric', minute: '2-digit' });
    this.day = new Intl.DateTimeFormat(known, { weekday: 'long', day: 'numeric', month: 'long' });
    this.near = new Intl.RelativeTimeFormat(table ? known : 'en', { numeric: 'auto' });
  }

  fill(text: string, values: Record<string, string | number>): string {
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? '';
      return typeof value === 'number' ? this.numbers.format(value) : value;
    });
  }

  count(forms: Plural, n: number, values: Record<string, string | number> = {}): string {
    return this.fill(forms[this.plurals.select(n)] ?? forms.other, { n, ...values });
  }

  time(at: number): string {
    return this.clock.format(at);
  }

  /** "today", "yesterday", or the date; in the visitor's own time zone. */
  date(at: number): string {
    const days = Math.round((startOfDay(at) - startOfDay(Date.now())) / 86_400_000);
    const text = days > -2 && days <= 0 ? this.near.format(days, 'day') : this.day.format(at);
    return text.charAt(0).toLocaleUpperCase() + text.slice(1);
  }
}

export function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
