/*
 * DESIGN: one visitor's connection to Prosody, over Strophe.
 *
 * It keeps a stream to the guest domain alive: WebSocket (RFC 7395) first, BOSH (XEP-0124/0206) when a
 * WebSocket cannot be opened, SASL ANONYMOUS with the browser's secret (so the address is the same each
 * time), XEP-0198 resumption across drops and reloads, and attempts with growing pauses.
 *
 *   connecting ──online──> online ──lost──> waiting(until) ──timer, network back, retryNow──> connecting
 *        └──failed: BOSH at once, then───────^                (shown as offline without a network)
 *
 * It promises no delivery: what must arrive is the outbox's to send again (section 5 of the design), so
 * what Strophe would salvage from a stream that could not be resumed is dropped here.
 */
import Connection from 'strophe.js/src/connection';
import { Status } from 'strophe.js/src/constants';
import SASLMechanism from 'strophe.js/src/sasl';
import type { ResumableStream } from './resumable-stream.ts';

export type LinkState = { is: 'connecting' } | { is: 'online' } | { is: 'waiting'; until: number } | { is: 'offline' };

export interface LinkOptions {
  /** The guest domain, `guest.D`. */
  domain: string;
  /** Origin of the server, `https://…`, without a slash at the end. */
  server: string;
  secret: string;
  stream: ResumableStream;
  onState(state: LinkState): void;
  /** The stream is up. Not resumed: presence is gone and missed messages are in the archive only. */
  onReady(resumed: boolean): void;
  /** A message or presence. */
  onStanza(stanza: Element): void;
}

const ATTEMPT_MS = 12_000;
const QUERY_MS = 15_000;
const SILENCE_MS = 45_000;
const PROBE_MS = 8_000;
const LONGEST_PAUSE_MS = 30_000;
const ENDED = [Status.CONNFAIL, Status.AUTHFAIL, Status.DISCONNECTED, Status.CONNTIMEOUT, Status.ERROR];

/** Fetches and registers the BOSH transport; false when its chunk cannot be had. */
async function loadBosh(): Promise<boolean> {
  try {
    Connection.addProtocol('bosh', (await import('strophe.js/src/transports/bosh')).default);
    return true;
  } catch {
    return false;
  }
}

class GuestAnonymous extends SASLMechanism {
  constructor() {
    super('ANONYMOUS', true, 1);
  }
  override test(): boolean {
    return true;
  }
  override onChallenge(connection: Connection): string {
    return connection.pass;
  }
}

export class Link {
  private readonly options: LinkOptions;
  private connection: Connection | null = null;
  /** An attempt has begun that has no connection yet. */
  private starting = false;
  private online = false;
  private stopped = true;
  /** Which transport the next attempt takes; while there is a connection, which one it has. */
  private socketNext = true;
  private socketWorked = false;
  private failures = 0;
  private heardAt = 0;
  private attemptTimer = 0;
  private probeTimer = 0;
  private readonly unanswered = new Set<(reason: Error) => void>();

  constructor(options: LinkOptions) {
    this.options = options;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    addEventListener('online', this.onNetworkBack);
    addEventListener('offline', this.onNetworkGone);
    document.addEventListener('visibilitychange', this.onVisible);
    setInterval(() => this.online && Date.now() - this.heardAt > SILENCE_MS && this.probe(), SILENCE_MS / 3);
    void this.connect();
  }

  retryNow(): void {
    if (this.stopped || this.connection || this.starting) return;
    this.failures = 0;
    void this.connect();
  }

  /** Queues a stanza; false when there is no stream, and nothing was queued. */
  send(stanza: Element): boolean {
    if (!this.online) return false;
    this.connection!.send(stanza);
    return true;
  }

  /** Sends an IQ. Resolves with the result; rejects on an error answer, a lost stream, or after 15 s. */
  query(iq: Element): Promise<Element> {
    return new Promise((resolve, reject) => {
      if (!this.online) return reject(new Error('not connected'));
      const fail = (error: Error): void => {
        clearTimeout(timer);
        this.unanswered.delete(fail);
        reject(error);
      };
      const timer = setTimeout(() => fail(new Error('no answer')), QUERY_MS);
      this.unanswered.add(fail);
      this.connection!.sendIQ(
        iq,
        (result) => {
          clearTimeout(timer);
          this.unanswered.delete(fail);
          resolve(result);
        },
        () => fail(new Error('refused')),
      );
    });
  }

  /** Asks the server for a sign of life (XEP-0198 section 4); silence drops the stream. */
  probe(): void {
    const { connection } = this;
    if (!this.online || this.probeTimer || !connection?.sm?.enabled) return;
    const asked = Date.now();
    connection.sm.requestAck();
    this.probeTimer = window.setTimeout(() => {
      this.probeTimer = 0;
      if (connection === this.connection && this.heardAt < asked) this.lost(connection);
    }, PROBE_MS);
  }

  private async connect(): Promise<void> {
    clearTimeout(this.attemptTimer);
    this.starting = true;
    this.options.onState({ is: 'connecting' });
    const { domain, server, secret, stream } = this.options;
    const socket = this.socketNext;
    await stream.claim();
    const loaded = socket || (await loadBosh());
    this.starting = false;
    if (!loaded) {
      this.socketNext = true;
      return this.pause();
    }
    const connection = new Connection(socket ? `${server.replace(/^http/, 'ws')}/xmpp-websocket` : `${server}/http-bind`, {
      protocol: socket ? 'ws' : 'bosh',
      enableStreamManagement: socket,
      streamManagement: { storage: stream },
      mechanisms: [GuestAnonymous],
    });
    this.connection = connection;
    connection.maxRetries = 0;
    connection.rawInput = () => {
      this.heardAt = Date.now();
    };
    if (connection.sm) {
      const { sm } = connection;
      sm.onFailed = () => {
        sm._pendingResend = [];
      };
    }
    for (const name of ['message', 'presence']) connection.addHandler((stanza) => this.receive(stanza), null, name);
    this.attemptTimer = window.setTimeout(() => this.lost(connection), ATTEMPT_MS);
    try {
      connection.connect(domain, secret, (status) => {
        if (connection !== this.connection) return;
        if (status === Status.CONNECTED) this.ready(connection);
        else if (ENDED.includes(status)) this.lost(connection);
      });
    } catch {
      // A browser or an extension may forbid WebSockets by throwing.
      this.lost(connection);
    }
  }

  private ready(connection: Connection): void {
    clearTimeout(this.attemptTimer);
    // A BOSH stream may try a failed request again; a BOSH attempt that fails is an attempt that failed.
    connection.maxRetries = 3;
    this.online = true;
    this.socketWorked ||= this.socketNext;
    this.failures = 0;
    this.heardAt = Date.now();
    this.options.onState({ is: 'online' });
    this.options.onReady(connection.hasResumed());
  }

  private receive(stanza: Element): true {
    // Strophe forgets a handler that throws: one bad stanza must not deafen the visitor.
    try {
      this.options.onStanza(stanza);
    } catch (error) {
      console.error(error);
    }
    return true;
  }

  /** Drops the connection, without closing the stream (so it can be resumed), and plans the next one. */
  private lost(connection: Connection): void {
    if (connection !== this.connection) return;
    const wasOnline = this.online;
    this.connection = null;
    this.online = false;
    clearTimeout(this.attemptTimer);
    clearTimeout(this.probeTimer);
    this.probeTimer = 0;
    connection._proto._abortAllRequests();
    connection._doDisconnect();
    for (const fail of this.unanswered) fail(new Error('connection lost'));

    const socketFailed = !wasOnline && this.socketNext;
    // Where a WebSocket has worked, a failure more likely means an outage, and BOSH could not resume the stream.
    this.socketNext = !socketFailed || (this.socketWorked && this.failures % 6 !== 5);
    if (this.socketNext || !navigator.onLine) this.pause();
    else void this.connect();
  }

  private pause(): void {
    const pause = Math.min(500 * 2 ** this.failures++, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 2);
    this.attemptTimer = window.setTimeout(() => void this.connect(), pause);
    this.options.onState(navigator.onLine ? { is: 'waiting', until: Date.now() + pause } : { is: 'offline' });
  }

  private readonly onNetworkBack = (): void => (this.online ? this.probe() : this.retryNow());
  private readonly onNetworkGone = (): void => this.probe();
  private readonly onVisible = (): void => {
    if (document.visibilityState === 'visible') this.onNetworkBack();
  };
}
