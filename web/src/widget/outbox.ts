/*
 * DESIGN: messages that the desk has not receipted.
 *
 * A message stays here, on disk, until the desk's XEP-0184 receipt for its id (sent after COMMIT), a
 * refusal that sending again cannot cure, or the archive proves that it arrived. Until then the same id is
 * sent again: when a stream begins, when an answer is overdue, when the desk says `wait`, when it is back.
 *
 *   queued --send--> in flight --receipt--> gone
 *                     |  ^  └--refusal--> failed --retry--> queued
 *                     └--┘ wait, overdue, stream lost: again, after a pause that grows
 *
 * One message is in flight at a time, so what a visitor wrote arrives in the order it was written.
 *
 * Several tabs: each page has a list of its own, `outbox:TAB`, and sends only that, over its own stream.
 * A list belongs to the page that holds the Web Lock of its name; the others queue for it, and who gets it once that
 * page is gone, however it ended, takes the list over. Where Web Locks do not exist a list may be sent by two pages:
 * the desk drops the second by its id.
 */
import { newId } from '../xmpp/id.ts';
import type { StanzaError } from '../xmpp/stanzas.ts';
import type { Store } from './store.ts';

export interface Entry {
  id: string;
  body: string;
  /** When the visitor sent it, milliseconds since 1970. */
  time: number;
  /** Id of the own message that this one corrects. */
  replaces?: string;
  /** Why the desk refused it; it is not sent again by itself. */
  refusal?: StanzaError;
}

export interface OutboxEvents {
  /** Puts the entry on the stream; called only between `up` and `down`. */
  send(entry: Entry): void;
  /** An answer is overdue: is the stream alive? */
  overdue(): void;
  /** Waits in another page, or is taken over from one that is gone. */
  found(entry: Entry): void;
}

const FIRST_PAUSE_MS = 4_000;
const LONGEST_PAUSE_MS = 60_000;

export class Outbox {
  private readonly store: Store;
  private readonly lockPrefix: string;
  private readonly events: OutboxEvents;
  private readonly key = `outbox:${newId()}`;
  /** Lists that are or will be ours: our own, and those whose locks we queue for. */
  private readonly awaited = new Set([this.key]);
  private entries: Entry[] = [];
  private isUp = false;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, lockPrefix: string, events: OutboxEvents) {
    this.store = store;
    this.lockPrefix = lockPrefix;
    this.events = events;
    // Refused where storage is forbidden: then there is no list for others to take over either.
    globalThis.navigator?.locks?.request(lockPrefix + this.key, () => new Promise(() => {})).catch(() => {});
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.save();
    if (this.head() === entry) this.sendHead();
  }

  get(id: string): Entry | undefined {
    return this.entries.find((entry) => entry.id === id);
  }

  /** A stream has begun. On a resumed one Strophe has just sent again what the server had not got. */
  up(resumed: boolean): void {
    this.isUp = true;
    this.tries = 0;
    if (resumed) this.sendLater();
    else this.sendHead();
  }

  down(): void {
    this.isUp = false;
    clearTimeout(this.timer);
  }

  /** The desk has shown itself, perhaps after it was away: what has waited in vain is sent now. */
  hurry(): void {
    if (this.tries > 0) this.next();
  }

  /** The desk has it. True when it was one of ours. */
  settle(id: string): boolean {
    const wasHead = this.head()?.id === id;
    const before = this.entries.length;
    this.entries = this.entries.filter((entry) => entry.id !== id);
    if (this.entries.length === before) return false;
    this.save();
    if (wasHead) this.next();
    return true;
  }

  /** The desk answered with an error. Returns whether it will be sent again by itself, or undefined: not ours. */
  refuse(id: string, error: StanzaError): 'again' | 'failed' | undefined {
    const entry = this.get(id);
    if (!entry) return undefined;
    if (error.type === 'wait') {
      if (entry === this.head()) this.sendLater();
      return 'again';
    }
    const wasHead = entry === this.head();
    entry.refusal = error;
    this.save();
    if (wasHead) this.next();
    return 'failed';
  }

  retry(id: string): void {
    const entry = this.get(id);
    if (!entry?.refusal) return;
    delete entry.refusal;
    this.entries = [...this.entries.filter((other) => other !== entry), entry];
    this.save();
    if (this.head() === entry) this.next();
  }

  discard(id: string): void {
    this.settle(id);
  }

  /** Takes over what pages that are gone have left, and waits for those that are still here to go. */
  adopt(): void {
    const { locks } = globalThis.navigator ?? {};
    for (const key of this.store.keys('outbox:')) {
      if (this.awaited.has(key)) continue;
      if (!locks) {
        this.take(key);
        continue;
      }
      this.awaited.add(key);
      // This page may have come too late to be told of them.
      for (const entry of parse(this.store.get(key))) if (!entry.refusal) this.events.found(entry);
      void locks.request(this.lockPrefix + key, () => this.take(key));
    }
  }

  private take(key: string): void {
    const head = this.head();
    const found = parse(this.store.get(key)).filter((entry) => !this.get(entry.id));
    this.entries = [...this.entries, ...found].sort((a, b) => a.time - b.time);
    this.save();
    this.store.remove(key);
    for (const entry of found) this.events.found(entry);
    if (this.head() !== head && this.head()) this.next();
  }

  private head(): Entry | undefined {
    return this.entries.find((entry) => !entry.refusal);
  }

  private next(): void {
    clearTimeout(this.timer);
    this.tries = 0;
    this.sendHead();
  }

  private sendHead(): void {
    const entry = this.head();
    if (!this.isUp || !entry) return;
    this.events.send(entry);
    this.sendLater();
  }

  private sendLater(): void {
    clearTimeout(this.timer);
    if (!this.isUp || !this.head()) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.tries, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 4);
    this.timer = setTimeout(() => {
      this.tries += 1;
      this.events.overdue();
      this.sendHead();
    }, pause);
  }

  private save(): void {
    if (this.entries.length > 0) this.store.set(this.key, JSON.stringify(this.entries));
    else this.store.remove(this.key);
  }
}

function parse(text: string | null): Entry[] {
  try {
    const list = JSON.parse(text ?? '[]') as Entry[];
    return list.filter((entry) => typeof entry.id === 'string' && typeof entry.body === 'string');
  } catch {
    return [];
  }
}
