/*
 * A small XMPP server and support desk in this process, for the widget's tests: it serves web/dist under the
 * strictest headers the real one may send, and speaks as much XMPP as a visitor's browser does (WebSocket and
 * BOSH, SASL ANONYMOUS with the secret as initial data, XEP-0198 with resumption, XEP-0313 for the desk).
 *
 * A test decides what the desk answers (`desk.answer`), what the visitor is told (`desk.say`, `desk.send`), when
 * the wire breaks (`cut`), and waits for stanzas (`next`) instead of sleeping.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { DOMParser, WebSocketServer, XMLSerializer } from './packages.ts';

export const DOMAIN = 'traincape.test';
export const DESK = `support@crm.${DOMAIN}`;
const DIST = fileURLToPath(new URL('../../web/dist/', import.meta.url));
const TYPES: Record<string, string> = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; require-trusted-types-for 'script'; trusted-types traincape";

export interface Stanza {
  name: string;
  id: string;
  to: string;
  type: string;
  xml: string;
  body?: string;
  session: Session;
  has(ns: string, name?: string): boolean;
  attr(name: string, ns: string, attribute: string): string | undefined;
}

interface Archived {
  id: string;
  stamp: string;
  xml: string;
}

class Session {
  jid = '';
  user = '';
  id = randomUUID();
  resumable = false;
  handled = 0;
  sent = 0;
  unacked: string[] = [];
  wire: ((xml: string) => void) | null = null;

  send(xml: string): void {
    if (/^<(message|presence|iq)/.test(xml)) {
      this.sent += 1;
      if (this.resumable) this.unacked.push(xml);
    }
    this.wire?.(xml);
  }
}

export type Answer = 'receipt' | 'silence' | { error: 'wait' | 'modify' | 'cancel'; condition: string; text?: string };

export class FakeServer {
  readonly stanzas: Stanza[] = [];
  readonly requests: string[] = [];
  readonly sessions = new Map<string, Session>();
  readonly archive: Archived[] = [];
  streams = 0;
  resumed = 0;
  /** What the desk answers to a message with a body. */
  answer: (message: Stanza) => Answer = () => 'receipt';
  acceptsSockets = true;
  acceptsResume = true;
  acceptsConnections = true;
  url = '';
  private readonly http: Server;
  private readonly sockets = new Set<any>();
  private readonly boshes = new Map<string, Bosh>();
  private waiters: { matches(stanza: Stanza): boolean; resolve(stanza: Stanza): void }[] = [];
  private consumed = new Set<Stanza>();

  private constructor() {
    this.http = createServer((request, response) => void this.serve(request, response));
    const upgrade = new WebSocketServer({ noServer: true, handleProtocols: () => 'xmpp' });
    this.http.on('upgrade', (request, socket, head) => {
      if (!this.acceptsConnections || !this.acceptsSockets) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      upgrade.handleUpgrade(request, socket, head, (ws: any) => this.onSocket(ws));
    });
  }

  static async start(): Promise<FakeServer> {
    const server = new FakeServer();
    await new Promise<void>((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    server.url = `http://127.0.0.1:${(server.http.address() as { port: number }).port}`;
    return server;
  }

  stop(): void {
    this.cut();
    this.http.close();
    this.http.closeAllConnections();
  }

  /** The next stanza that matches and that no earlier call has returned. */
  next(what: string, matches: (stanza: Stanza) => boolean, timeout = 30_000): Promise<Stanza> {
    const take = (stanza: Stanza): Stanza => (this.consumed.add(stanza), stanza);
    const here = this.stanzas.find((stanza) => !this.consumed.has(stanza) && matches(stanza));
    if (here) return Promise.resolve(take(here));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${what} came; had:\n${this.stanzas.map((s) => s.xml).join('\n')}`)), timeout);
      this.waiters.push({ matches, resolve: (stanza) => (clearTimeout(timer), resolve(take(stanza))) });
    });
  }

  nextMessage(body: string): Promise<Stanza> {
    return this.next(`message "${body}"`, (stanza) => stanza.name === 'message' && stanza.body === body);
  }

  messages(body?: string): Stanza[] {
    return this.stanzas.filter((stanza) => stanza.name === 'message' && stanza.body !== undefined && (body === undefined || stanza.body === body));
  }

  /** Breaks every connection without a closing word. Streams that can be resumed stay. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate();
    this.sockets.clear();
    for (const session of this.sessions.values()) session.wire = null;
  }

  /** An agent writes: archived, and sent to each session of the (only) visitor. Returns the message's id. */
  say(body: string, { id = randomUUID() as string, extra = '', from = `${DESK}/agent` } = {}): string {
    const to = [...this.sessions.values()].at(-1)?.user ?? `someone@guest.${DOMAIN}`;
    const archiveId = this.store(`<message xmlns='jabber:client' type='chat' from='${DESK}' to='${to}' id='${id}'><body>${escape(body)}</body>${extra}</message>`);
    this.send(message(body, id, `<stanza-id xmlns='urn:xmpp:sid:0' by='${DESK}' id='${archiveId}'/>${extra}`, from));
    return id;
  }

  /** Sends to each session of the visitor. */
  send(xml: string): void {
    for (const session of this.sessions.values()) session.send(xml);
  }

  /** Puts a stanza into the desk's archive; returns its archive id. */
  store(xml: string, stamp = new Date().toISOString()): string {
    const id = String(this.archive.length + 1);
    this.archive.push({ id, stamp, xml });
    return id;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url!, 'http://x').pathname;
    this.requests.push(path);
    if (path === '/http-bind') {
      // As Prosody does for the origins that it allows.
      response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
      response.setHeader('access-control-allow-headers', 'content-type');
      if (request.method === 'OPTIONS') return void response.writeHead(200).end();
      if (!this.acceptsConnections) return void response.writeHead(503).end();
      let text = '';
      for await (const chunk of request) text += chunk;
      return this.onBosh(text, response);
    }
    const file = path === '/' ? 'index.html' : path.slice(1);
    try {
      let bytes: Buffer | string = await readFile(DIST + file);
      if (file.endsWith('.html')) bytes = bytes.toString('utf8').replaceAll('{{CRM_DOMAIN}}', DOMAIN);
      const type = TYPES[file.split('.').at(-1)!] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP, 'x-content-type-options': 'nosniff', 'access-control-allow-origin': '*' }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }

  private onSocket(ws: any): void {
    this.sockets.add(ws);
    const stream = new Stream(this, (xml) => ws.send(xml));
    const head = `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='guest.${DOMAIN}' id='${randomUUID()}' version='1.0'/>`;
    ws.on('message', (data: Buffer) => {
      const text = data.toString();
      // As Prosody does: not well-formed ends the stream.
      if (/[\0-\x08\x0b\x0c\x0e-\x1f\uFFFE\uFFFF]/.test(text)) return ws.terminate();
      if (text.startsWith('<open')) {
        ws.send(head);
        ws.send(stream.features());
      } else if (text.startsWith('<close')) {
        stream.end();
        ws.close();
      } else {
        stream.take(parse(text));
      }
    });
    ws.on('close', () => {
      this.sockets.delete(ws);
      stream.lost();
    });
  }

  private onBosh(text: string, response: ServerResponse): void {
    const body = parse(text);
    let bosh = this.boshes.get(body.getAttribute('sid') ?? '');
    if (!bosh) {
      bosh = new Bosh(this);
      this.boshes.set(bosh.sid, bosh);
    }
    bosh.take(body, response);
  }

  /** A stanza from a visitor, in wire order. */
  onStanza(element: any, session: Session): void {
    const stanza = toStanza(element, session);
    this.stanzas.push(stanza);
    const waiter = this.waiters.find((one) => one.matches(stanza));
    if (waiter) {
      this.waiters = this.waiters.filter((one) => one !== waiter);
      waiter.resolve(stanza);
    }
    if (stanza.name === 'iq' && stanza.has('urn:xmpp:mam:2')) return this.onQuery(stanza);
    if (stanza.name === 'iq') return session.send(`<iq xmlns='jabber:client' type='error' id='${stanza.id}'><error type='cancel'/></iq>`);
    if (stanza.name !== 'message' || stanza.body === undefined) return;
    const answer = this.answer(stanza);
    if (answer === 'silence') return;
    const base = `xmlns='jabber:client' from='${DESK}' to='${session.jid}'`;
    if (answer === 'receipt') {
      let place = '';
      if (!this.archive.some((entry) => entry.xml.includes(`id="${stanza.id}"`))) {
        place = `<archived xmlns='urn:traincape:crm:0' id='${this.store(stanza.xml.replace('<message', `<message from="${session.user}"`))}'/>`;
      }
      session.send(`<message ${base} type='chat'><received xmlns='urn:xmpp:receipts' id='${stanza.id}'/>${place}</message>`);
    } else {
      const text = answer.text ? `<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>${escape(answer.text)}</text>` : '';
      session.send(`<message ${base} type='error' id='${stanza.id}'><error type='${answer.error}'>` +
        `<${answer.condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>${text}</error></message>`);
    }
  }

  private onQuery(query: Stanza): void {
    const text = (name: string): string | undefined => new RegExp(`<${name}(?:/>|>([^<]*)<)`).exec(query.xml)?.slice(1).map((part) => part ?? '')[0];
    const queryid = /queryid="([^"]*)"/.exec(query.xml)![1];
    const max = Number(text('max'));
    const after = text('after');
    const before = text('before');
    const at = (id: string): number => this.archive.findIndex((entry) => entry.id === id);
    let page: Archived[];
    let complete: boolean;
    if (after !== undefined) {
      const rest = this.archive.slice(at(after) + 1);
      page = rest.slice(0, max);
      complete = rest.length <= max;
    } else {
      const rest = before ? this.archive.slice(0, at(before)) : this.archive;
      page = rest.slice(-max);
      complete = rest.length <= max;
    }
    for (const entry of page) {
      query.session.send(`<message xmlns='jabber:client' from='${DESK}' to='${query.session.jid}'><result xmlns='urn:xmpp:mam:2' queryid='${queryid}' id='${entry.id}'>` +
        `<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${entry.stamp}'/>${entry.xml}</forwarded></result></message>`);
    }
    const ends = page.length ? `<first index='0'>${page[0]!.id}</first><last>${page.at(-1)!.id}</last>` : '';
    query.session.send(`<iq xmlns='jabber:client' type='result' from='${DESK}' id='${query.id}'><fin xmlns='urn:xmpp:mam:2' complete='${complete}'>` +
      `<set xmlns='http://jabber.org/protocol/rsm'>${ends}<count>${this.archive.length}</count></set></fin></iq>`);
  }
}

/** One XMPP stream, whatever carries it. */
class Stream {
  private readonly server: FakeServer;
  private readonly wire: (xml: string) => void;
  private user = '';
  private session: Session | null = null;

  constructor(server: FakeServer, wire: (xml: string) => void) {
    this.server = server;
    this.wire = wire;
  }

  features(): string {
    return `<stream:features xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>` + (this.user
      ? "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>"
      : "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>ANONYMOUS</mechanism></mechanisms>") + '</stream:features>';
  }

  take(element: any): void {
    const name = element.localName as string;
    const session = this.session;
    if (name === 'auth') {
      const secret = Buffer.from(element.textContent, 'base64').toString();
      if (!/^[\w-]{43}$/.test(secret)) return this.wire("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>");
      this.user = `${createHash('sha256').update(secret).digest('hex').slice(0, 20)}@guest.${DOMAIN}`;
      this.wire("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    } else if (name === 'iq' && element.getElementsByTagName('bind').length) {
      this.session = new Session();
      this.session.user = this.user;
      this.session.jid = `${this.user}/${randomUUID().slice(0, 8)}`;
      this.session.wire = this.wire;
      this.server.sessions.set(this.session.id, this.session);
      this.server.streams += 1;
      this.wire(`<iq xmlns='jabber:client' type='result' id='${element.getAttribute('id')}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${this.session.jid}</jid></bind></iq>`);
    } else if (name === 'enable') {
      Object.assign(session!, { resumable: true, handled: 0, sent: 0, unacked: [] });
      this.wire(`<enabled xmlns='urn:xmpp:sm:3' id='${session!.id}' resume='true' max='300'/>`);
    } else if (name === 'resume') {
      this.resume(element);
    } else if (name === 'r') {
      this.wire(`<a xmlns='urn:xmpp:sm:3' h='${session!.handled}'/>`);
    } else if (name === 'a') {
      this.acknowledge(Number(element.getAttribute('h')));
    } else if (session) {
      session.handled += 1;
      this.server.onStanza(element, session);
    }
  }

  end(): void {
    if (this.session) this.server.sessions.delete(this.session.id);
    this.session = null;
  }

  lost(): void {
    const { session } = this;
    if (session?.wire !== this.wire) return;
    session.wire = null;
    if (!session.resumable) this.end();
  }

  private resume(element: any): void {
    const session = this.server.sessions.get(element.getAttribute('previd'));
    if (!session || session.user !== this.user || !this.server.acceptsResume) {
      return this.wire("<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
    }
    this.session = session;
    this.server.resumed += 1;
    session.wire = this.wire;
    this.acknowledge(Number(element.getAttribute('h')));
    this.wire(`<resumed xmlns='urn:xmpp:sm:3' previd='${session.id}' h='${session.handled}'/>`);
    for (const xml of session.unacked) this.wire(xml);
  }

  private acknowledge(h: number): void {
    const { session } = this;
    if (session) session.unacked = session.unacked.slice(session.unacked.length - (session.sent - h));
    if (session && session.sent === h) session.unacked = [];
  }
}

class Bosh {
  readonly sid = randomUUID();
  private readonly stream: Stream;
  private readonly out: string[] = [];
  private held: ServerResponse | null = null;
  private fresh = true;

  constructor(server: FakeServer) {
    this.stream = new Stream(server, (xml) => {
      this.out.push(xml);
      setImmediate(() => this.flush(false));
    });
  }

  take(body: any, response: ServerResponse): void {
    this.flush(true);
    this.held = response;
    if (this.fresh || body.getAttribute('xmpp:restart') === 'true') this.out.push(this.stream.features());
    for (const child of Array.from(body.childNodes as any[])) if (child.nodeType === 1) this.stream.take(child);
    setImmediate(() => this.flush(body.getAttribute('type') === 'terminate'));
  }

  private flush(evenEmpty: boolean): void {
    if (!this.held || (this.out.length === 0 && !evenEmpty)) return;
    const first = this.fresh ? ` sid='${this.sid}' wait='60' hold='1' requests='2' ver='1.6' xmlns:stream='http://etherx.jabber.org/streams'` : '';
    this.fresh = false;
    this.held.writeHead(200, { 'content-type': 'text/xml; charset=utf-8' });
    this.held.end(`<body xmlns='http://jabber.org/protocol/httpbind'${first}>${this.out.splice(0).join('')}</body>`);
    this.held = null;
  }
}

/** A live message from the desk. */
export function message(body: string, id: string, extra = '', from = `${DESK}/agent`): string {
  return `<message xmlns='jabber:client' type='chat' from='${from}' id='${id}'><body>${escape(body)}</body>` +
    `<origin-id xmlns='urn:xmpp:sid:0' id='${id}'/><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>${extra}</message>`;
}

/** A message from the desk without a body. */
export function signal(content: string): string {
  return `<message xmlns='jabber:client' type='chat' from='${DESK}/agent'>${content}</message>`;
}

export function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/'/g, '&apos;').replace(/"/g, '&quot;');
}

function parse(text: string): any {
  return new DOMParser({ onError: (level: string, what: string) => { if (level !== 'warning') throw new Error(`${level}: ${what}\n${text}`); } }).parseFromString(text, 'text/xml').documentElement;
}

function toStanza(element: any, session: Session): Stanza {
  const parts = Array.from(element.childNodes as any[]).filter((node) => node.nodeType === 1);
  return {
    name: element.localName,
    id: element.getAttribute('id') ?? '',
    to: element.getAttribute('to') ?? '',
    type: element.getAttribute('type') ?? '',
    xml: new XMLSerializer().serializeToString(element),
    body: parts.find((part) => part.localName === 'body')?.textContent,
    session,
    has: (ns, name) => parts.some((part) => part.namespaceURI === ns && (name === undefined || part.localName === name)),
    attr: (name, ns, attribute) => parts.find((part) => part.localName === name && part.namespaceURI === ns)?.getAttribute(attribute) ?? undefined,
  };
}
