/*
 * The messages on the screen, oldest first, each once by its id.
 *
 * Order: what the desk has archived, in archive order, whichever tab said or heard it, then what only this
 * browser has. A page of history is merged by id; corrections are applied to the message they name, also when
 * that comes later (an older page). Own messages climb waiting → sent → delivered → read and never back, except
 * that an edit waits again.
 */
import { signal } from '@preact/signals';
import type { Received, StanzaError } from '../xmpp/stanzas.ts';

export type Progress = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed';

export interface Message {
  readonly id: string;
  readonly author: 'visitor' | 'agent' | 'desk';
  readonly body: string;
  readonly time: number;
  readonly nick?: string;
  /** Id of the newest correction; undefined: never edited. */
  readonly edit?: string;
  /** Where the desk's archive has it, once that is known. */
  readonly place?: number;
  /** Own messages only. */
  readonly progress?: Progress;
  readonly refusal?: StanzaError;
  /** What it said before an edit that the desk has not taken yet. */
  readonly before?: Message;
}

const RANK: Record<Progress, number> = { failed: -1, waiting: 0, sent: 1, delivered: 2, read: 3 };

export class Timeline {
  readonly messages = signal<readonly Message[]>([]);
  /** Corrections of messages that are not loaded yet, by the id they name. */
  private readonly orphans = new Map<string, { received: Received; own: boolean }[]>();

  find(id: string): Message | undefined {
    return this.messages.value.find((message) => message.id === id || message.edit === id);
  }

  /** Appends a message that the visitor writes. */
  write(id: string, body: string, time: number): void {
    if (!this.find(id)) this.messages.value = [...this.messages.value, { id, author: 'visitor', body, time, progress: 'waiting' }];
  }

  /** Shows an edit of the visitor at once. */
  edit(target: string, edit: string, body: string): void {
    this.change(target, (message) => ({ ...message, body, edit, progress: 'waiting', refusal: undefined, before: message.before ?? message }));
  }

  /** Takes in a live or archived message. False: it was here already. */
  receive(received: Received, isOwn: boolean): boolean {
    return this.merge([received], isOwn ? () => true : () => false, 'end').length > 0;
  }

  /** Merges a page of history, oldest first. Returns what was new. */
  merge(page: Received[], isOwn: (received: Received) => boolean, where: 'start' | 'end'): Received[] {
    const list = [...this.messages.value];
    const fresh: Received[] = [];
    const older: Message[] = [];
    for (const received of page) {
      if (received.body === undefined || !received.id) continue;
      const own = isOwn(received);
      if (received.replaces) {
        if (this.correct(list, older, received, own)) fresh.push(received);
        continue;
      }
      const at = list.findIndex((message) => message.id === received.id);
      const known = list[at];
      if (known && !(known.progress === 'waiting' && !known.edit && received.archive)) continue;
      if (known) list.splice(at, 1);
      else fresh.push(received);
      const message = known ? { ...known, progress: 'sent' as const, place: placeOf(received) } : this.corrected(toMessage(received, own), received, own);
      if (where === 'start' && !known) older.push(message);
      else insert(list, message);
    }
    this.messages.value = [...older, ...list];
    return fresh;
  }

  /** Own messages up to and including `id` have got this far; the archive has that one at `place`. */
  advance(id: string, progress: Progress, place?: number): void {
    if (place !== undefined) this.put(id, place);
    const last = this.messages.value.findIndex((message) => message.id === id || message.edit === id);
    if (last < 0) return;
    const exact = progress === 'sent';
    this.messages.value = this.messages.value.map((message, at) => {
      if (message.author !== 'visitor' || at > last || (exact && at < last)) return message;
      const now = message.progress ?? 'waiting';
      if (RANK[now] >= RANK[progress] || (at < last && now === 'waiting') || now === 'failed') return message;
      // A receipt for the first version says nothing about an edit that is on its way.
      if (at === last && now === 'waiting' && message.edit && message.edit !== id) return message;
      return { ...message, progress, before: undefined };
    });
  }

  fail(id: string, refusal: StanzaError): void {
    this.change(id, (message) => ({ ...message, progress: 'failed', refusal }));
  }

  again(id: string): void {
    this.change(id, (message) => ({ ...message, progress: 'waiting', refusal: undefined }));
  }

  /** Forgets an own message, or an edit of one, that was never taken. */
  discard(id: string): void {
    const message = this.find(id);
    if (message?.before) this.change(id, () => message.before!);
    else this.messages.value = this.messages.value.filter((other) => other !== message);
  }

  /** What came over another stream, another tab's, may have been shown before its turn or after it. */
  private put(id: string, place: number): void {
    const list = [...this.messages.value];
    const at = list.findIndex((message) => message.id === id);
    if (at < 0) return;
    const [message] = list.splice(at, 1);
    insert(list, { ...message!, place });
    this.messages.value = list;
  }

  private change(id: string, to: (message: Message) => Message): void {
    this.messages.value = this.messages.value.map((message) => (message.id === id || message.edit === id ? to(message) : message));
  }

  private correct(list: Message[], older: Message[], received: Received, own: boolean): boolean {
    for (const messages of [list, older]) {
      const at = messages.findIndex((message) => message.id === received.replaces);
      const message = messages[at];
      if (!message) continue;
      if ((message.author === 'visitor') !== own || message.edit === received.id || message.before) return false;
      messages[at] = { ...message, body: received.body!, edit: received.id };
      return true;
    }
    this.orphans.set(received.replaces!, [...(this.orphans.get(received.replaces!) ?? []), { received, own }]);
    return false;
  }

  /** A message with the correction applied that came before it. */
  private corrected(message: Message, received: Received, own: boolean): Message {
    const last = this.orphans.get(received.id)?.findLast((orphan) => orphan.own === own)?.received;
    this.orphans.delete(received.id);
    return last ? { ...message, body: last.body!, edit: last.id } : message;
  }
}

function toMessage(received: Received, own: boolean): Message {
  return {
    id: received.id,
    author: own ? 'visitor' : received.notice === undefined ? 'agent' : 'desk',
    body: received.body!,
    time: received.time ?? Date.now(),
    place: placeOf(received),
    ...(received.nick && { nick: received.nick }),
    ...(own && { progress: 'sent' as const }),
  };
}

export function placeOf(received: Received): number | undefined {
  return received.archive === undefined ? undefined : Number(received.archive);
}

/** Puts a message where the archive has it, and before those that only this browser has. */
function insert(list: Message[], message: Message): void {
  const { place = Infinity } = message;
  let at = list.length;
  while (at > 0 && (list[at - 1]!.place! > place || isWaiting(list[at - 1]!))) at -= 1;
  list.splice(at, 0, message);
}

function isWaiting({ progress, edit }: Message): boolean {
  return (progress === 'waiting' || progress === 'failed') && !edit;
}
