/*
 * What the tabs of one browser tell one another about the conversation. A tab that missed something has it
 * from the archive at its next connect, so nothing depends on these.
 */
import type { Progress } from './timeline.ts';

export type News =
  | { say: 'wrote'; id: string; body: string; time: number; replaces?: string }
  | { say: 'progress'; id: string; progress: Progress; place?: number }
  /** Refused, so it is that tab's to try again or to drop: it is shown there alone. */
  | { say: 'gone'; id: string }
  | { say: 'seen'; id: string };

export class Tabs {
  private readonly channel: BroadcastChannel | null;

  constructor(name: string, onNews: (news: News) => void) {
    this.channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(name) : null;
    this.channel?.addEventListener('message', (event: MessageEvent<News>) => onNews(event.data));
  }

  tell(news: News): void {
    this.channel?.postMessage(news);
  }
}
