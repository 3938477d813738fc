/*
 * Where Strophe keeps what XEP-0198 resumption needs: in sessionStorage, so that it outlives a reload.
 *
 * "Duplicate tab" copies sessionStorage, and two tabs resuming one stream would throw each other out for
 * ever. So a stream belongs to the page that holds a Web Lock named after it; a page that cannot get the
 * lock starts a stream of its own. Without Web Locks (plain http to a LAN address) a stream is only
 * resumed by the page that opened it.
 */
import type { SMState, SMStorageBackend } from 'strophe.js/src/connection';

/** An old page lets go of its lock while the new one is starting. */
const HANDOVER_MS = 1_000;

export class ResumableStream implements SMStorageBackend {
  private readonly key: string;
  private mine: string | null = null;
  private release: (() => void) | null = null;

  constructor(key: string) {
    this.key = key;
  }

  /** Makes the stored stream ours if no other page lives on it. Call before connecting. */
  async claim(): Promise<void> {
    const id = this.read()?.id;
    if (!id || id === this.mine) return;
    if (await this.lock(id)) this.mine = id;
    else this.clear();
  }

  load(): SMState | null {
    const state = this.read();
    return state?.id && state.id === this.mine ? state : null;
  }

  save(_key: string, state: SMState): void {
    if (state.id && state.id !== this.mine) {
      this.mine = state.id;
      void this.lock(state.id);
    }
    try {
      sessionStorage.setItem(this.key, JSON.stringify(state));
    } catch {
      // Storage is full or forbidden: the next connection is a fresh one.
    }
  }

  clear(): void {
    this.mine = null;
    this.release?.();
    this.release = null;
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // Forbidden: nothing is stored either.
    }
  }

  private read(): SMState | null {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? 'null') as SMState | null;
    } catch {
      return null;
    }
  }

  /** Takes the lock of stream `id`, for as long as this page lives or until `clear`. False: someone has it. */
  private lock(id: string): Promise<boolean> {
    this.release?.();
    this.release = null;
    if (!navigator.locks) return Promise.resolve(false);
    return new Promise((resolve) => {
      navigator.locks
        .request(`${this.key}:${id}`, { signal: AbortSignal.timeout(HANDOVER_MS) }, () => {
          resolve(true);
          return new Promise<void>((release) => {
            this.release = release;
          });
        })
        .catch(() => resolve(false));
    });
  }
}
