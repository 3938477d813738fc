/*
 * Where the visitor writes. Enter sends, Shift+Enter breaks the line, arrow-up in an empty box edits the
 * last own message, Escape leaves editing (and then the panel, see panel.tsx). A text that is too long is
 * kept as it is, with how much too long it is.
 */
import type { Signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Text } from '../../strings/text.ts';
import { LONGEST_BODY } from '../conversation.ts';
import type { Conversation } from '../conversation.ts';
import type { Message } from '../timeline.ts';

/** The count of characters left shows from here on. */
const COUNT_FROM = LONGEST_BODY - 200;

interface ComposerProps {
  conversation: Conversation;
  text: Text;
  editing: Signal<Message | null>;
}

export function Composer({ conversation, text, editing }: ComposerProps) {
  const { s } = text;
  const box = useRef<HTMLTextAreaElement>(null);
  const { draft, typing, timeline, gotFiles } = conversation;
  const edited = editing.value;
  const length = [...draft.value].length;
  const excess = length - LONGEST_BODY;

  useLayoutEffect(() => {
    if (!edited) return;
    const unfinished = draft.value;
    draft.value = edited.body;
    box.current!.focus();
    return () => {
      draft.value = unfinished;
    };
  }, [edited]);
  useLayoutEffect(() => {
    const { style, parentElement } = box.current!;
    const row = parentElement!.style;
    // Measured in a row of fixed height: a log that grew for a moment would have lost its place.
    row.height = `${parentElement!.offsetHeight}px`;
    style.height = 'auto';
    style.height = `${box.current!.scrollHeight}px`;
    row.height = '';
  }, [draft.value]);
  useEffect(() => {
    if (!edited) conversation.keepDraft();
  }, [draft.value, edited]);

  const change = (value: string): void => {
    gotFiles.value = false;
    draft.value = value;
    typing.input(value);
  };
  const send = (): void => {
    const body = draft.value.trim();
    if (body === '' || excess > 0) return;
    if (!edited) conversation.write(body);
    else if (body !== edited.body) conversation.write(body, edited.id);
    if (edited) editing.value = null;
    else change('');
    box.current?.focus();
  };
  const cancel = (): void => {
    editing.value = null;
    box.current!.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && draft.value === '') {
      const last = timeline.messages.value.findLast((message) => message.author === 'visitor' && message.progress !== 'failed');
      if (!last) return;
      event.preventDefault();
      editing.value = last;
    }
  };

  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      {edited && (
        <p class="editing">
          <span>{s.editing}</span>
          <button type="button" class="text" onClick={cancel}>{s.cancelEdit}</button>
        </p>
      )}
      <div class="row">
        <textarea
          ref={box}
          rows={1}
          dir="auto"
          aria-label={edited ? s.editing : s.write}
          placeholder={s.write}
          enterkeyhint="send"
          aria-invalid={excess > 0}
          aria-describedby="length"
          value={draft.value}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="send" aria-label={edited ? s.save : s.send} title={edited ? s.save : s.send} disabled={draft.value.trim() === '' || excess > 0}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d={edited ? 'm5 12.5 5 5 9-11' : 'M4 12 20 4l-5 16-3.5-6.5L4 12Zm7.5 1.5L20 4'} /></svg>
        </button>
      </div>
      <p id="length" class={excess > 0 ? 'length over' : 'length'} role="status">
        {excess > 0 ? text.count(s.tooLong, excess, { most: LONGEST_BODY }) : length > COUNT_FROM ? text.count(s.left, -excess) : gotFiles.value && s.noFiles}
      </p>
    </form>
  );
}
