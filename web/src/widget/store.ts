/*
 * What the widget keeps in this browser, each key under the configured prefix. Where storage is full or
 * forbidden it lives in memory: the chat works, and is forgotten with the page.
 *
 *   secret        who the visitor is (43 characters of base64url, 256 bits); never leaves but as SASL data
 *   started       '1' once a message was sent or received: from then on the loader connects by itself
 *   seen          id of the newest agent message that was seen
 *   delivered, read   id of the newest own message known to be so
 *   outbox:TAB    messages without a receipt yet, one list per page (see outbox.ts)
 *   draft         what is written and not sent, in sessionStorage: of this tab, and gone with it
 */
export class Store {
  private readonly prefix: string;
  private readonly memory = new Map<string, string>();

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  get(key: string): string | null {
    try {
      // What could not be stored is newer than what is.
      return this.memory.get(key) ?? localStorage.getItem(this.prefix + key);
    } catch {
      return this.memory.get(key) ?? null;
    }
  }

  set(key: string, value: string): void {
    try {
      localStorage.setItem(this.prefix + key, value);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, value);
    }
  }

  remove(key: string): void {
    this.memory.delete(key);
    try {
      localStorage.removeItem(this.prefix + key);
    } catch {
      // Nothing is stored then.
    }
  }

  /** Keys that begin with `start`, without the prefix. */
  keys(start: string): string[] {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(this.prefix + start))
        .map((key) => key.slice(this.prefix.length));
    } catch {
      return [];
    }
  }

  draft(): string {
    try {
      return sessionStorage.getItem(`${this.prefix}draft`) ?? '';
    } catch {
      return '';
    }
  }

  keepDraft(text: string): void {
    try {
      if (text) sessionStorage.setItem(`${this.prefix}draft`, text);
      else sessionStorage.removeItem(`${this.prefix}draft`);
    } catch {
      // Full or forbidden: it is kept for as long as the page.
    }
  }

  /** The browser's secret, made on first use. */
  secret(): string {
    const stored = this.get('secret');
    if (stored && /^[\w-]{43}$/.test(stored)) return stored;
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const made = btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
    this.set('secret', made);
    return this.get('secret')!;
  }
}
