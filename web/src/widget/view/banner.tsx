/*
 * Says when there is no connection, and offers to try at once. Silent for the first second of a drop; that it is
 * back is said to screen readers only, others see the banner go.
 */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Text } from '../../strings/text.ts';
import type { Conversation } from '../conversation.ts';

const PATIENCE_MS = 800;

export function Banner({ conversation, text }: { conversation: Conversation; text: Text }) {
  const { s } = text;
  const state = conversation.link$.value.is;
  const up = state === 'online';
  const wasUp = useSignal(false);
  /** undefined: it never was. */
  const late = useSignal<boolean>();

  useEffect(() => {
    if (up) {
      wasUp.value = true;
      late.value &&= false;
      return;
    }
    const timer = setTimeout(() => (late.value = true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [up]);

  const shown = !up && late.value;
  const words = state === 'offline' ? s.offline : wasUp.value ? s.reconnecting : s.connecting;
  return (
    <div class={shown ? 'banner' : 'banner quiet'}>
      <span role="status" class={shown ? '' : 'unseen'}>{shown ? words : late.value === false && s.connected}</span>
      {shown && <button type="button" onClick={() => conversation.retryNow()}>{s.retryNow}</button>}
    </div>
  );
}
