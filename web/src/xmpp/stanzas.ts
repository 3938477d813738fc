/*
 * What goes over the wire between a visitor and the support desk, and back: plain values on this side,
 * elements on the other. XEP-0085 typing, 0184 receipts, 0203 delay, 0308 corrections, 0313 archive,
 * 0333 markers, 0359 ids, 0172 nick, and the desk's own <notice/>.
 */
import { $build } from 'strophe.js/src/builder';
import { newId } from './id.ts';

export const NS = {
  archive: 'urn:xmpp:mam:2',
  chatStates: 'http://jabber.org/protocol/chatstates',
  correction: 'urn:xmpp:message-correct:0',
  delay: 'urn:xmpp:delay',
  forward: 'urn:xmpp:forward:0',
  ids: 'urn:xmpp:sid:0',
  markers: 'urn:xmpp:chat-markers:0',
  nick: 'http://jabber.org/protocol/nick',
  notice: 'urn:traincape:crm:0',
  receipts: 'urn:xmpp:receipts',
  resultSet: 'http://jabber.org/protocol/rsm',
  form: 'jabber:x:data',
} as const;

export type ChatState = 'active' | 'composing' | 'paused' | 'inactive' | 'gone';

export interface StanzaError {
  type: string;
  condition: string;
  text: string;
}

/** A message stanza as plain values. Absent parts are undefined. */
export interface Received {
  id: string;
  from: string;
  body?: string;
  /** Id of the message that this one corrects. */
  replaces?: string;
  nick?: string;
  notice?: string;
  /** Milliseconds since 1970, from <delay/>. */
  time?: number;
  /** Id in the desk's archive, a number that grows; of a receipt: of what it is for. */
  archive?: string;
  wantsReceipt: boolean;
  receiptFor?: string;
  deliveredFor?: string;
  readFor?: string;
  chatState?: ChatState;
  error?: StanzaError;
}

export function readMessage(message: Element, desk: string): Received {
  const received: Received = {
    id: message.getAttribute('id') ?? '',
    from: bare(message.getAttribute('from') ?? ''),
    wantsReceipt: false,
  };
  const isError = message.getAttribute('type') === 'error';
  for (const part of message.children) {
    const id = part.getAttribute('id') ?? '';
    switch (`${part.localName} ${part.namespaceURI}`) {
      case 'body jabber:client':
        received.body ??= part.textContent;
        break;
      case 'error jabber:client':
        received.error = readError(part);
        break;
      case `replace ${NS.correction}`:
        received.replaces = id;
        break;
      case `nick ${NS.nick}`:
        received.nick = part.textContent;
        break;
      case `notice ${NS.notice}`:
        received.notice = part.getAttribute('kind') ?? '';
        break;
      case `delay ${NS.delay}`:
        received.time = Date.parse(part.getAttribute('stamp') ?? '') || undefined;
        break;
      case `stanza-id ${NS.ids}`:
        if (part.getAttribute('by') === desk) received.archive = id;
        break;
      case `archived ${NS.notice}`:
        received.archive = id;
        break;
      case `request ${NS.receipts}`:
        received.wantsReceipt = true;
        break;
      case `received ${NS.receipts}`:
        received.receiptFor = id;
        break;
      case `received ${NS.markers}`:
        received.deliveredFor = id;
        break;
      case `displayed ${NS.markers}`:
        received.readFor = id;
        break;
      default:
        if (part.namespaceURI === NS.chatStates) received.chatState = part.localName as ChatState;
    }
  }
  if (isError) received.error ??= { type: 'cancel', condition: 'undefined-condition', text: '' };
  else delete received.error;
  return received;
}

function readError(error: Element): StanzaError {
  const parts = [...error.children].filter((part) => part.namespaceURI === 'urn:ietf:params:xml:ns:xmpp-stanzas');
  return {
    type: error.getAttribute('type') ?? 'cancel',
    condition: parts.find((part) => part.localName !== 'text')?.localName ?? 'undefined-condition',
    text: parts.find((part) => part.localName === 'text')?.textContent ?? '',
  };
}

export function chatMessage(to: string, id: string, body: string, replaces?: string): Element {
  const message = $build('message', { xmlns: 'jabber:client', to, type: 'chat', id })
    .c('body', {}, xmlText(body))
    .c('request', { xmlns: NS.receipts }).up()
    .c('markable', { xmlns: NS.markers }).up()
    .c('active', { xmlns: NS.chatStates }).up()
    .c('origin-id', { xmlns: NS.ids, id }).up();
  if (replaces) message.c('replace', { xmlns: NS.correction, id: replaces }).up();
  return message.tree();
}

export function chatState(to: string, state: ChatState): Element {
  return signal(to, state, { xmlns: NS.chatStates });
}

/** Has the id of what it is for: should it be refused, that says which one it was. */
export function receipt(to: string, id: string): Element {
  const message = signal(to, 'received', { xmlns: NS.receipts, id });
  message.id = id;
  return message;
}

export function displayed(to: string, id: string): Element {
  return signal(to, 'displayed', { xmlns: NS.markers, id });
}

/** `status`: what people may read beside the presence. */
export function presence(to?: string, status?: string): Element {
  const presence = $build('presence', { xmlns: 'jabber:client', ...(to && { to }) });
  if (status) presence.c('status', {}, xmlText(status));
  return presence.tree();
}

/** A message without a body. */
function signal(to: string, name: string, attributes: Record<string, string>): Element {
  return $build('message', { xmlns: 'jabber:client', to, type: 'chat', id: newId() }).c(name, attributes).tree();
}

export interface PageRequest {
  max: number;
  /** Only what came later than this archive id. */
  after?: string;
  /** Only what came before this archive id; '' asks for the newest page. */
  before?: string;
}

export function archiveQuery(desk: string, queryid: string, page: PageRequest): Element {
  const query = $build('iq', { xmlns: 'jabber:client', type: 'set', to: desk, id: newId() })
    .c('query', { xmlns: NS.archive, queryid })
    .c('set', { xmlns: NS.resultSet })
    .c('max', {}, String(page.max));
  if (page.after !== undefined) query.c('after', {}, page.after);
  if (page.before !== undefined) query.c('before', {}, page.before);
  return query.tree();
}

/** One archived message inside `message`, if it answers `queryid`: the forwarded stanza, its id and time. */
export function readArchived(message: Element, queryid: string, desk: string): Received | null {
  const result = child(message, 'result', NS.archive);
  if (result?.getAttribute('queryid') !== queryid) return null;
  const forwarded = child(result, 'forwarded', NS.forward);
  const inner = forwarded && child(forwarded, 'message', 'jabber:client');
  if (!inner) return null;
  const received = readMessage(inner, desk);
  const stamp = child(forwarded, 'delay', NS.delay)?.getAttribute('stamp') ?? '';
  return { ...received, archive: result.getAttribute('id') ?? undefined, time: Date.parse(stamp) || received.time };
}

export function readPageEnd(iq: Element): { complete: boolean; first?: string; last?: string } {
  const fin = child(iq, 'fin', NS.archive);
  const set = fin && child(fin, 'set', NS.resultSet);
  const text = (name: string): string | undefined => (set && child(set, name, NS.resultSet)?.textContent) || undefined;
  return { complete: fin?.getAttribute('complete') === 'true', first: text('first'), last: text('last') };
}

export function child(parent: Element, name: string, ns: string): Element | undefined {
  return [...parent.children].find((part) => part.localName === name && part.namespaceURI === ns);
}

export function bare(address: string): string {
  return address.split('/', 1)[0]!.toLowerCase();
}

/** Text as XML 1.0 can carry it (section 2.2): one forbidden character would end the whole stream. */
export function xmlText(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
