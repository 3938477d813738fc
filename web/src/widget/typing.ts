/*
 * XEP-0085 in both directions.
 *
 * Ours: `composing` with the first key, `paused` after 5 s without one, `active` when the text is emptied
 * (a sent message carries its own <active/>), `inactive` when the panel closes.
 * Theirs: shown from `composing` until any other state, a message, or 60 s of silence (a client that lost
 * its connection never says that it stopped).
 */
import { signal } from '@preact/signals';
import type { ChatState } from '../xmpp/stanzas.ts';

const PAUSED_AFTER_MS = 5_000;
const FORGET_AFTER_MS = 60_000;

export class Typing {
  readonly agent = signal(false);
  private readonly send: (state: ChatState) => boolean;
  private said: ChatState = 'active';
  private ours: ReturnType<typeof setTimeout> | undefined;
  private theirs: ReturnType<typeof setTimeout> | undefined;

  /** `send` returns false when there is no stream. */
  constructor(send: (state: ChatState) => boolean) {
    this.send = send;
  }

  input(text: string): void {
    clearTimeout(this.ours);
    if (text === '') return this.say('active');
    this.say('composing');
    this.ours = setTimeout(() => this.said === 'composing' && this.say('paused'), PAUSED_AFTER_MS);
  }

  /** A message went out, which ends typing by itself. */
  sent(): void {
    clearTimeout(this.ours);
    this.said = 'active';
  }

  leave(): void {
    clearTimeout(this.ours);
    if (this.said !== 'active') this.say('inactive');
    this.said = 'active';
  }

  heard(state: ChatState): void {
    clearTimeout(this.theirs);
    this.agent.value = state === 'composing';
    if (this.agent.value) this.theirs = setTimeout(() => this.heard('paused'), FORGET_AFTER_MS);
  }

  private say(state: ChatState): void {
    if (state !== this.said && this.send(state)) this.said = state;
  }
}
