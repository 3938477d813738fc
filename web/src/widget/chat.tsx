/*
 * Entry of the chat chunk: starts the conversation and draws the panel into the loader's shadow root.
 * `toggle` opens and closes; focus goes into the panel and back to the bubble.
 */
import { effect } from '@preact/signals';
import { render } from 'preact';
import type { Chat, Shell } from '../shell.ts';
import { Text } from '../strings/text.ts';
import { Conversation } from './conversation.ts';
import css from './panel.css?inline';
import { Panel } from './view/panel.tsx';

export function startChat(shell: Shell): Chat {
  const text = new Text(shell.config.language);
  const conversation = new Conversation(shell.config);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shell.root.adoptedStyleSheets.push(sheet);

  const close = (): void => {
    conversation.open.value = false;
    conversation.typing.leave();
    shell.focusBubble();
  };
  effect(() => {
    const open = conversation.open.value;
    const unread = conversation.unread.value;
    const label = open ? text.s.closeChat : text.s.openChat;
    shell.update(unread, unread > 0 && !open ? `${label}, ${text.count(text.s.unread, unread)}` : label, open);
  });
  render(<Panel conversation={conversation} config={shell.config} text={text} close={close} />, shell.mount);
  conversation.start();
  return {
    toggle() {
      if (conversation.open.value) close();
      else conversation.open.value = true;
    },
  };
}
