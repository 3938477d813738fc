/*
 * DESIGN: the visitor's conversation with the desk: joins the stream, the outbox, the archive and the
 * timeline, and is all that the view talks to.
 *
 * On every stream, resumed or not: presence (fresh ones only), the outbox sends again, and the archive
 * (XEP-0313, at support@crm.D) tells what was missed since `cursor`, the archive id up to which nothing is
 * missing. Live messages wait in `held` while that runs, so that they come after what they followed, and
 * only then move the cursor.
 *
 * An agent's message is receipted (0184) each time it comes, also as a repeat, since the desk sends it
 * again until it has the receipt; it is shown once. <displayed/> goes out when it was really seen: panel
 * open, page visible and focused.
 */
import { computed, effect, signal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { newId } from '../xmpp/id.ts';
import { Link } from '../xmpp/link.ts';
import type { LinkState } from '../xmpp/link.ts';
import { ResumableStream } from '../xmpp/resumable-stream.ts';
import * as stanzas from '../xmpp/stanzas.ts';
import type { Received } from '../xmpp/stanzas.ts';
import type { Config } from '../shell.ts';
import { Outbox } from './outbox.ts';
import type { Entry } from './outbox.ts';
import { Store } from './store.ts';
import { Tabs } from './tabs.ts';
import type { News } from './tabs.ts';
import { placeOf, Timeline } from './timeline.ts';
import type { Progress } from './timeline.ts';
import { Typing } from './typing.ts';

/** Characters (code points) that the desk takes in one message. */
export const LONGEST_BODY = 4_000;
const PAGE = 30;
const HISTORY_RETRY_MS = 5_000;
const RECEIPT_RETRY_MS = 5_000;

export class Conversation {
  readonly timeline = new Timeline();
  readonly typing = new Typing((state) => this.link.send(stanzas.chatState(this.desk, state)));
  readonly link$ = signal<LinkState>({ is: 'connecting' });
  readonly open = signal(false);
  /** What is in the box, kept while the panel is closed and from one page of this tab to the next. */
  readonly draft: Signal<string>;
  /** Files were pasted or dropped, which this chat cannot send. */
  readonly gotFiles = signal(false);
  /** Something was said on an earlier page. */
  readonly returns: boolean;
  /** Older messages exist on the server: unknown until the first page came. */
  readonly older = signal<'unknown' | 'none' | 'some' | 'loading' | 'failed'>('unknown');
  /** Who has the conversation, '' for nobody. */
  readonly agentName = signal('');
  /** Whether they are away, or nobody is at the desk: undefined until it is known. */
  readonly agentAway = signal<boolean>();
  readonly deskAway = signal<boolean>();
  readonly unread = computed(() => this.countUnread());
  /** Newest agent message that came while the panel was closed, for a screen reader. */
  readonly arrived = signal('');

  private readonly desk: string;
  private readonly store: Store;
  private readonly link: Link;
  private readonly outbox: Outbox;
  private readonly tabs: Tabs;
  private readonly seen = signal('');
  private readonly looking = signal(false);
  private readonly own: string;
  private cursor: string | undefined;
  private oldest: string | undefined;
  /** Live messages that wait for the archive; null while they are shown at once. */
  private held: Received[] | null = [];
  /** The archive has not told yet what came before the newest live message. */
  private behind = true;
  private pages = new Map<string, Received[]>();
  private retryTimer = 0;
  /** The desk knows which page this is. */
  private placed = false;

  constructor(config: Config) {
    this.desk = `support@crm.${config.domain}`;
    this.own = `@guest.${config.domain}`;
    this.store = new Store(config.prefix);
    this.draft = signal(this.store.draft());
    this.returns = !!this.store.get('started');
    this.seen.value = this.store.get('seen') ?? '';
    this.tabs = new Tabs(`${config.prefix}tabs`, (news) => this.onNews(news));
    this.outbox = new Outbox(this.store, config.prefix, {
      send: (entry) => {
        this.link.send(stanzas.chatMessage(this.desk, entry.id, entry.body, entry.replaces));
      },
      overdue: () => this.link.probe(),
      found: (entry) => this.show(entry),
    });
    this.link = new Link({
      domain: `guest.${config.domain}`,
      server: config.server,
      secret: this.store.secret(),
      stream: new ResumableStream(`${config.prefix}stream`),
      onState: (state) => this.onLinkState(state),
      onReady: (resumed) => this.onReady(resumed),
      onStanza: (stanza) => (stanza.localName === 'presence' ? this.onPresence(stanza) : this.onMessage(stanza)),
    });
  }

  start(): void {
    const look = (): void => {
      this.looking.value = document.visibilityState === 'visible' && document.hasFocus();
    };
    look();
    for (const event of ['focus', 'blur']) addEventListener(event, look);
    document.addEventListener('visibilitychange', () => {
      look();
      this.outbox.adopt();
    });
    effect(() => {
      if (this.open.value) this.arrived.value = '';
      if (this.open.value && this.looking.value) this.markSeen();
    });
    // What another tab keeps is seen here once this event says so; its lock tells when that tab is gone. Without locks its
    // list would be taken from under it.
    if (navigator.locks) addEventListener('storage', () => this.outbox.adopt());
    this.outbox.adopt();
    this.link.start();
  }

  /** Sends what the visitor wrote; `body` is not empty and not longer than LONGEST_BODY. */
  write(body: string, replaces?: string): void {
    const entry: Entry = { id: newId(), body, time: Date.now(), ...(replaces && { replaces }) };
    this.store.set('started', '1');
    this.show(entry);
    this.outbox.add(entry);
    this.typing.sent();
    this.tabs.tell({ say: 'wrote', ...entry });
  }

  retry(id: string): void {
    const entry = this.entryOf(id);
    if (!entry) return;
    this.timeline.again(id);
    this.outbox.retry(entry.id);
    this.tabs.tell({ say: 'wrote', ...entry });
  }

  discard(id: string): void {
    const entry = this.entryOf(id);
    if (entry) this.outbox.discard(entry.id);
    this.timeline.discard(id);
  }

  /** What is in the box is to outlive the page. */
  keepDraft(): void {
    this.store.keepDraft(this.draft.value);
  }

  retryNow(): void {
    this.link.retryNow();
  }

  async loadOlder(): Promise<void> {
    if (this.older.value !== 'some' && this.older.value !== 'failed') return;
    this.older.value = 'loading';
    try {
      const { page, complete, first } = await this.fetchPage({ max: PAGE, before: this.oldest ?? '' });
      this.oldest = first ?? this.oldest;
      this.takeIn(page, 'start');
      this.older.value = complete || page.length === 0 ? 'none' : 'some';
    } catch {
      this.older.value = 'failed';
    }
  }

  private show(entry: Entry): void {
    if (entry.replaces) this.timeline.edit(entry.replaces, entry.id, entry.body);
    else this.timeline.write(entry.id, entry.body, entry.time);
    if (entry.refusal) this.timeline.fail(entry.id, entry.refusal);
  }

  private entryOf(id: string): Entry | undefined {
    const message = this.timeline.find(id);
    return this.outbox.get(message?.edit ?? id) ?? this.outbox.get(id);
  }

  private onLinkState(state: LinkState): void {
    this.link$.value = state;
    if (state.is === 'online') return;
    this.outbox.down();
    this.typing.heard('gone');
    clearTimeout(this.retryTimer);
    this.held ??= [];
    this.behind = true;
  }

  private onReady(resumed: boolean): void {
    if (!resumed) this.link.send(stanzas.presence());
    if (!resumed || !this.placed) this.link.send(stanzas.presence(this.desk, `${location.pathname} · ${navigator.language}`));
    this.placed = true;
    this.outbox.up(resumed);
    this.outbox.adopt();
    void this.catchUp();
  }

  private async catchUp(): Promise<void> {
    try {
      if (this.cursor === undefined) {
        const { page, complete, first, last } = await this.fetchPage({ max: PAGE, before: '' });
        this.oldest ??= first;
        this.cursor = last;
        this.takeIn(page, 'end');
        if (this.older.value === 'unknown') this.older.value = complete ? 'none' : 'some';
      } else {
        for (let complete = false; !complete; ) {
          const answer = await this.fetchPage({ max: PAGE, after: this.cursor });
          this.cursor = answer.last ?? this.cursor;
          this.takeIn(answer.page, 'end');
          complete = answer.complete || answer.page.length === 0;
        }
      }
      this.behind = false;
    } catch {
      // Live messages must not wait for an archive that does not answer; the cursor stays, so nothing is skipped.
      if (this.link$.value.is !== 'online') return;
      this.retryTimer = window.setTimeout(() => void this.catchUp(), HISTORY_RETRY_MS);
    }
    const waiting = this.held ?? [];
    this.held = null;
    for (const received of waiting) this.takeLive(received);
  }

  private async fetchPage(request: stanzas.PageRequest): Promise<{ page: Received[]; complete: boolean; first?: string; last?: string }> {
    const queryid = newId();
    const page: Received[] = [];
    this.pages.set(queryid, page);
    try {
      const end = await this.link.query(stanzas.archiveQuery(this.desk, queryid, request));
      return { page, ...stanzas.readPageEnd(end) };
    } finally {
      this.pages.delete(queryid);
    }
  }

  /** Merges a page of the archive. What this browser had not seen yet is receipted, as if it came live. */
  private takeIn(page: Received[], where: 'start' | 'end'): void {
    const seenAt = page.findIndex((received) => received.id === this.seen.value);
    for (const received of this.timeline.merge(page, (message) => this.isOwn(message), where)) {
      if (where === 'end' && !this.isOwn(received) && page.indexOf(received) > seenAt) this.sendReceipt(received);
    }
    for (const received of page) {
      if (this.isOwn(received)) this.settle(received.id, placeOf(received));
      else if (received.nick) this.agentName.value = received.nick;
      this.takeMarks(received);
    }
    for (const progress of ['delivered', 'read'] as const) this.timeline.advance(this.store.get(progress) ?? '', progress);
    if (page.length > 0) this.store.set('started', '1');
    this.look();
  }

  /** The desk is at support@crm.D, whoever has the conversation at /agent. */
  private onPresence(presence: Element): void {
    const from = presence.getAttribute('from') ?? '';
    const type = presence.getAttribute('type');
    const away = !!stanzas.child(presence, 'show', 'jabber:client');
    if (from === this.desk && !type) {
      this.deskAway.value = away;
      this.outbox.hurry();
    } else if (from === `${this.desk}/agent` && type !== 'error') {
      this.agentAway.value = away;
      this.agentName.value = type ? '' : stanzas.child(presence, 'nick', stanzas.NS.nick)?.textContent ?? this.agentName.value;
    }
  }

  private onMessage(message: Element): void {
    if (stanzas.bare(message.getAttribute('from') ?? '') !== this.desk) return;
    for (const [queryid, page] of this.pages) {
      const archived = stanzas.readArchived(message, queryid, this.desk);
      if (archived) return void page.push(archived);
    }
    const received = stanzas.readMessage(message, this.desk);
    if (received.error) return this.onError(received);
    this.takeMarks(received);
    if (received.chatState && received.body === undefined) this.typing.heard(received.chatState);
    if (received.body === undefined) return;
    this.sendReceipt(received);
    if (this.held) this.held.push(received);
    else this.takeLive(received);
  }

  private takeLive(received: Received): void {
    this.typing.heard('active');
    this.store.set('started', '1');
    if (!this.behind && received.archive) this.cursor = received.archive;
    if (received.nick) this.agentName.value = received.nick;
    if (!this.timeline.receive(received, false)) return;
    if (!this.open.value && received.notice === undefined) this.arrived.value = received.body!;
    this.look();
  }

  private onError(received: Received): void {
    const outcome = this.outbox.refuse(received.id, received.error!);
    if (!outcome && received.error!.type === 'wait') this.receiptLater(received.id);
    if (outcome !== 'failed') return;
    this.timeline.fail(received.id, received.error!);
    this.tabs.tell({ say: 'gone', id: received.id });
  }

  private takeMarks(received: Received): void {
    if (received.receiptFor) this.settle(received.receiptFor, placeOf(received));
    if (received.deliveredFor) this.advance(received.deliveredFor, 'delivered');
    if (received.readFor) this.advance(received.readFor, 'read');
  }

  private settle(id: string, place: number | undefined): void {
    this.outbox.settle(id);
    this.advance(id, 'sent', place);
  }

  private advance(id: string, progress: Progress, place?: number): void {
    const message = this.timeline.find(id);
    if (message?.author !== 'visitor' || (message.progress === progress && message.place === (place ?? message.place))) return;
    if (progress !== 'sent') {
      this.outbox.settle(id);
      this.store.set(progress, message.id);
    }
    this.timeline.advance(id, progress, place);
    this.tabs.tell({ say: 'progress', id, progress, place });
  }

  private sendReceipt(received: Received): void {
    if (received.wantsReceipt && received.id) this.link.send(stanzas.receipt(this.desk, received.id));
  }

  /** Too much at once was refused, a receipt with it: without it the desk would hold back what comes next. */
  private receiptLater(id: string): void {
    setTimeout(() => this.link.send(stanzas.receipt(this.desk, id)) || this.receiptLater(id), RECEIPT_RETRY_MS * (1 + Math.random() * 3));
  }

  private isOwn(received: Received): boolean {
    return received.from.endsWith(this.own);
  }

  private look(): void {
    if (this.open.value && this.looking.value) this.markSeen();
  }

  private markSeen(): void {
    const last = this.timeline.messages.peek().findLast((message) => message.author === 'agent');
    if (!last || last.id === this.seen.peek()) return;
    if (!this.link.send(stanzas.displayed(this.desk, last.edit ?? last.id))) return;
    this.seen.value = last.id;
    this.store.set('seen', last.id);
    this.tabs.tell({ say: 'seen', id: last.id });
  }

  private countUnread(): number {
    const agents = this.timeline.messages.value.filter((message) => message.author === 'agent');
    return agents.length - 1 - agents.findIndex((message) => message.id === this.seen.value);
  }

  private onNews(news: News): void {
    switch (news.say) {
      case 'wrote':
        return this.show(news);
      case 'progress':
        return this.timeline.advance(news.id, news.progress, news.place);
      case 'gone':
        // Unless it has been taken over meanwhile.
        if (!this.outbox.get(news.id)) this.timeline.discard(news.id);
        return;
      case 'seen':
        this.seen.value = news.id;
    }
  }
}
