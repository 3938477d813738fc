/* The chat panel: header, connection banner, messages, who is typing, composer. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Config } from '../../shell.ts';
import type { Text } from '../../strings/text.ts';
import type { Conversation } from '../conversation.ts';
import type { Message } from '../timeline.ts';
import { Banner } from './banner.tsx';
import { Composer } from './composer.tsx';
import { Log } from './log.tsx';

export interface PanelProps {
  conversation: Conversation;
  config: Config;
  text: Text;
  close(): void;
}

export function Panel({ conversation, config, text, close }: PanelProps) {
  const { s } = text;
  const panel = useRef<HTMLElement>(null);
  const editing = useSignal<Message | null>(null);
  const open = conversation.open.value;
  const name = conversation.agentName.value;
  const typing = conversation.typing.agent.value;

  useEffect(() => {
    const shown = panel.current;
    if (!shown) {
      editing.value = null;
      return;
    }
    shown.querySelector('textarea')!.focus();
    return keepFocus(shown);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (editing.value) editing.value = null;
      else close();
    } else if (event.key === 'Tab' && isFullScreen()) {
      keepFocusInside(event, panel.current!);
    }
  };

  const onFiles = (event: ClipboardEvent | DragEvent): void => {
    const data = 'clipboardData' in event ? event.clipboardData : event.dataTransfer;
    const { types } = data!;
    // A browser would leave the page for a file that is dropped. What is copied from an office program comes as text, too.
    if (!types.includes('Files') || types.includes('text/plain')) return;
    event.preventDefault();
    if (event.type !== 'dragover') conversation.gotFiles.value = true;
  };

  const arrived = conversation.arrived.value;
  const deskAway = conversation.deskAway.value;
  const subtitle = name
    ? text.fill(conversation.agentAway.value ? s.agentAway : s.talkingTo, { name })
    : deskAway === undefined ? s.intro : deskAway ? s.nobody : s.here;
  return (
    <>
      <p class="unseen" role="status">{!open && arrived ? text.fill(s.newMessage, { text: arrived }) : ''}</p>
      {open && (
        <section class="panel" role="dialog" aria-modal={isFullScreen()} aria-labelledby="title" ref={panel} onKeyDown={onKeyDown} onPaste={onFiles} onDragOver={onFiles} onDrop={onFiles}>
          <div class="head">
            <div>
              <h2 id="title"><bdi>{config.title}</bdi></h2>
              <p role="status"><bdi>{subtitle}</bdi></p>
            </div>
            <button type="button" class="icon" aria-label={s.closeChat} title={s.closeChat} onClick={close}>
              <svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18" /></svg>
            </button>
          </div>
          <Banner conversation={conversation} text={text} />
          <Log conversation={conversation} text={text} greeting={config.greeting} edit={(message) => (editing.value = message)} />
          <p class="typing" role="status">
            {typing && (
              <>
                <span class="dots" aria-hidden="true"><i /><i /><i /></span>
                <bdi>{text.fill(s.isTyping, { name: name || s.agent })}</bdi>
              </>
            )}
          </p>
          <Composer conversation={conversation} text={text} editing={editing} />
        </section>
      )}
    </>
  );
}

/** On a phone, upright or not, the panel covers the page (panel.css), so the page behind must not get the focus. */
function isFullScreen(): boolean {
  return matchMedia('(width<=480px),(height<=480px)').matches;
}

/** A button that is gone once it was pressed (Try again, Retry now…) leaves the focus to the messages, not to the page behind. */
function keepFocus(panel: HTMLElement): () => void {
  let last: Element | null = null;
  panel.addEventListener('focusin', (event) => (last = event.target as Element));
  const watch = new MutationObserver(() => {
    if (last && !last.isConnected && document.activeElement === document.body) panel.querySelector<HTMLElement>('.log')!.focus({ preventScroll: true });
  });
  watch.observe(panel, { childList: true, subtree: true });
  return () => watch.disconnect();
}

function keepFocusInside(event: KeyboardEvent, panel: HTMLElement): void {
  const stops = [...panel.querySelectorAll<HTMLElement>('button:not(:disabled), textarea, a[href], [tabindex="0"]')];
  const first = stops[0];
  const last = stops.at(-1);
  const at = (panel.getRootNode() as ShadowRoot).activeElement;
  if (event.shiftKey && at === first) last?.focus();
  else if (!event.shiftKey && at === last) first?.focus();
  else return;
  event.preventDefault();
}
