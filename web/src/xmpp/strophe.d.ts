/* The part of strophe.js 5.0.0's sources that we use (see tools/strophe-parts.ts for why the sources). */

declare module 'strophe.js/src/connection' {
  export interface SMState {
    id: string | null;
  }
  export interface SMStorageBackend {
    load(key: string): SMState | null;
    save(key: string, state: SMState): void;
    clear(key: string): void;
  }
  export default class Connection {
    constructor(
      service: string,
      options: {
        protocol: 'ws' | 'bosh';
        enableStreamManagement?: boolean;
        streamManagement?: { storage: SMStorageBackend };
        mechanisms?: (new () => unknown)[];
      },
    );
    static addProtocol(name: string, transport: new (connection: Connection) => unknown): void;
    jid: string;
    pass: string;
    maxRetries: number;
    sm?: { enabled: boolean; requestAck(): void; onFailed(view: unknown, resumeFailed: boolean): void; _pendingResend: unknown[] };
    connect(jid: string, pass: string, callback: (status: number, condition: string | null) => void): void;
    disconnect(): void;
    hasResumed(): boolean;
    send(stanza: Element): void;
    sendIQ(stanza: Element, result: (iq: Element) => void, error: (iq: Element | null) => void): string;
    addHandler(handler: (stanza: Element) => boolean, ns: null, name: string): unknown;
    rawInput(data: string): void;
    _proto: { _abortAllRequests(): void };
    _doDisconnect(): void;
  }
}

declare module 'strophe.js/src/constants' {
  export const Status: Record<'CONNECTED' | 'CONNFAIL' | 'AUTHFAIL' | 'DISCONNECTED' | 'CONNTIMEOUT' | 'ERROR', number>;
}

declare module 'strophe.js/src/sasl' {
  import type Connection from 'strophe.js/src/connection';
  export default class SASLMechanism {
    constructor(name: string, isClientFirst: boolean, priority: number);
    test(connection: Connection): boolean;
    onChallenge(connection: Connection): string;
  }
}

declare module 'strophe.js/src/builder' {
  export interface Builder {
    c(name: string, attributes?: Record<string, string>, text?: string): Builder;
    t(text: string): Builder;
    up(): Builder;
    tree(): Element;
  }
  export function $build(name: string, attributes: Record<string, string>): Builder;
}

declare module 'strophe.js/src/transports/bosh' {
  import type Connection from 'strophe.js/src/connection';
  export default class Bosh {
    constructor(connection: Connection);
  }
}
