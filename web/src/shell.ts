/*
 * What the loader and the chat chunk agree on. Types only: the two share no code at run time, because the
 * chunk importing the loader's file would run the loader again.
 */
export interface Config {
  /** The base domain D; the visitor lives on guest.D and writes to support@crm.D. */
  domain: string;
  /** Origin of the server. */
  server: string;
  title: string;
  greeting: string;
  /** BCP 47 tag for texts, plurals and dates. */
  language: string;
  /** Prefix of all that is stored in this browser. */
  prefix: string;
}

export interface Shell {
  config: Config;
  /** Shadow root that both draw in. */
  root: ShadowRoot;
  /** Where the chunk renders the panel. */
  mount: HTMLElement;
  /** Shows `count` unread messages on the bubble (0: none), `label` as its name, and whether the panel is open. */
  update(count: number, label: string, open: boolean): void;
  focusBubble(): void;
}

export interface Chat {
  toggle(): void;
}
