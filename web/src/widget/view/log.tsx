/*
 * The messages. Sticks to the newest while the reader is there, keeps the place when older ones come in
 * above, and announces only what is new: aria-live is off while history is merged.
 */
import { Fragment } from 'preact';
import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { startOfDay } from '../../strings/text.ts';
import type { Text } from '../../strings/text.ts';
import { LONGEST_BODY } from '../conversation.ts';
import type { Conversation } from '../conversation.ts';
import type { Message, Progress } from '../timeline.ts';
import { linkify } from './linkify.ts';

const NEAR_PX = 60;

interface LogProps {
  conversation: Conversation;
  text: Text;
  greeting: string;
  edit(message: Message): void;
}

export function Log({ conversation, text, greeting, edit }: LogProps) {
  const { s } = text;
  const log = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const place = useRef({ first: '', height: 0 });
  const away = useSignal(false);
  const messages = conversation.timeline.messages.value;
  const older = conversation.older.value;
  const first = messages[0]?.id ?? '';
  const coming = older === 'loading' || (older === 'unknown' && conversation.returns);
  const newest = messages.at(-1);
  const lastOwn = messages.findLast((message) => message.author === 'visitor' && message.progress !== 'failed');

  const toEnd = (): void => {
    log.current!.scrollTop = log.current!.scrollHeight;
  };
  useLayoutEffect(() => {
    const { scrollHeight } = log.current!;
    const cameAbove = place.current.first !== '' && place.current.first !== first;
    if (atEnd.current || newest?.progress === 'waiting') toEnd();
    else if (cameAbove) log.current!.scrollTop += scrollHeight - place.current.height;
    place.current = { first, height: scrollHeight };
  }, [messages]);
  useEffect(() => {
    // The panel shrinks when the composer grows or a phone's keyboard opens.
    const watch = new ResizeObserver(() => atEnd.current && toEnd());
    watch.observe(log.current!);
    return () => watch.disconnect();
  }, []);

  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = log.current!;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    away.value = !atEnd.current;
    if (scrollTop < NEAR_PX && older === 'some') void conversation.loadOlder();
  };

  return (
    <div class="frame">
      <div class="log" role="log" aria-label={s.log} aria-live={older === 'unknown' || older === 'loading' ? 'off' : 'polite'} tabIndex={0} ref={log} onScroll={onScroll}>
        {coming && <p class="notice">{s.loadingOlder}</p>}
        {older === 'some' && <button type="button" class="text" onClick={() => void conversation.loadOlder()}>{s.loadOlder}</button>}
        {older === 'failed' && (
          <p class="notice">
            {s.olderFailed} <button type="button" class="text" onClick={() => void conversation.loadOlder()}>{s.retry}</button>
          </p>
        )}
        {greeting && !coming && (older === 'none' || messages.length === 0) && <div class="message agent"><p class="words"><span dir="auto">{greeting}</span></p></div>}
        {messages.map((message, at) => {
          const before = messages[at - 1];
          const newDay = !before || startOfDay(before.time) !== startOfDay(message.time);
          const follows = !newDay && before.author === message.author && before.nick === message.nick;
          return (
            <Fragment key={message.id}>
              {newDay && <p class="day"><span>{text.date(message.time)}</span></p>}
              <Row conversation={conversation} text={text} message={message} follows={follows} edit={message === lastOwn ? edit : undefined} />
            </Fragment>
          );
        })}
      </div>
      {away.value && (
        <button type="button" class="icon newest" aria-label={s.toNewest} title={s.toNewest} onClick={toEnd}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 10 6 6 6-6" /></svg>
        </button>
      )}
    </div>
  );
}

interface RowProps {
  conversation: Conversation;
  text: Text;
  message: Message;
  /** Same author and day as the one above. */
  follows: boolean;
  edit?(message: Message): void;
}

function Row({ conversation, text, message, follows, edit }: RowProps) {
  const { s } = text;
  const { author, body, time, progress } = message;
  const clock = <time dir="auto" dateTime={new Date(time).toISOString()}>{text.time(time)}</time>;
  if (author === 'desk') return <p class="notice"><bdi>{body}</bdi></p>;
  const who = author === 'visitor' ? s.you : message.nick || s.agent;
  return (
    <div class={`message ${author}${follows ? ' follows' : ''}${progress === 'failed' ? ' failed' : ''}`} data-id={message.id}>
      <span class={author === 'agent' && !follows ? 'who' : 'unseen'} dir="auto">{who}</span>
      <p class="words"><span dir="auto">{linked(body)}</span></p>
      <p class="meta">
        {edit && <button type="button" class="text" aria-label={s.editLast} onClick={() => edit(message)}>{s.edit}</button>}
        {message.edit && <span>{s.edited}</span>}
        {clock}
        {progress && <Ticks progress={progress} label={s[progress]} />}
      </p>
      {progress === 'failed' && <Refusal conversation={conversation} text={text} message={message} />}
    </div>
  );
}

function Refusal({ conversation, text, message }: { conversation: Conversation; text: Text; message: Message }) {
  const { s } = text;
  const { refusal } = message;
  const tooLong = refusal?.type === 'modify' && [...message.body].length > LONGEST_BODY;
  const why = tooLong
    ? text.fill(s.refusedTooLong, { most: LONGEST_BODY })
    : refusal?.text ? text.fill(s.refusedBecause, { reason: refusal.text }) : s.refused;
  const { draft } = conversation;
  const change = (event: MouseEvent): void => {
    (event.currentTarget as Element).closest('.panel')!.querySelector('textarea')!.focus();
    conversation.discard(message.id);
    // Before what has been begun meanwhile.
    draft.value = draft.value ? `${message.body}\n${draft.value}` : message.body;
  };
  return (
    <div class="refusal" role="group" aria-label={s.failed}>
      <p><bdi>{why}</bdi></p>
      <button type="button" class="text" onClick={change}>{s.change}</button>
      {refusal?.type !== 'modify' && <button type="button" class="text" onClick={() => conversation.retry(message.id)}>{s.retry}</button>}
      <button type="button" class="text" onClick={() => conversation.discard(message.id)}>{s.discard}</button>
    </div>
  );
}

const TICKS: Record<Progress, string> = {
  waiting: 'M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm0 3.5V12l2.5 1.5',
  sent: 'm6 12.5 4 4 8-9',
  delivered: 'm2 12.5 4 4 8-9m-3 7.5 1.5 1.5 8-9',
  read: 'm2 12.5 4 4 8-9m-3 7.5 1.5 1.5 8-9',
  failed: 'M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm0 3.5v4m0 2.9v.1',
};

function Ticks({ progress, label }: { progress: Progress; label: string }) {
  return (
    <span class={`ticks ${progress}`} title={label}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d={TICKS[progress]} /></svg>
      <span class="unseen">{label}</span>
    </span>
  );
}

function linked(body: string): ComponentChildren {
  return linkify(body).map((part) =>
    part.href ? <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">{part.text}</a> : part.text,
  );
}
