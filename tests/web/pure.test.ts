/* The parts of the widget that need no browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkify } from '../../web/src/widget/view/linkify.ts';
import { Text } from '../../web/src/strings/text.ts';
import { Outbox } from '../../web/src/widget/outbox.ts';
import type { Entry } from '../../web/src/widget/outbox.ts';
import { Store } from '../../web/src/widget/store.ts';

const links = (text: string): string[] => linkify(text).flatMap((part) => part.href ?? []);

test('links: only http and https, without the sentence around them', () => {
  assert.deepEqual(links('see https://a.example/b?c=d#e, or (http://b.example/x_(y)).'), ['https://a.example/b?c=d#e', 'http://b.example/x_(y)']);
  assert.deepEqual(links('javascript:alert(1) ftp://a.example file:///etc xhttps://a.example mailto:a@b.example //a.example'), []);
  assert.deepEqual(links('https://"><script>'), []);
  for (const text of ['', 'https://', 'a https://a.example b', '(((https://a.example)))', 'https://a.example'.repeat(3)]) {
    assert.equal(linkify(text).map((part) => part.text).join(''), text, 'no character is lost');
  }
});

test('plurals and numbers follow the language', () => {
  const text = new Text('en-GB');
  assert.equal(text.count(text.s.unread, 1), '1 unread message');
  assert.equal(text.count(text.s.unread, 1234), '1,234 unread messages');
  assert.equal(text.date(Date.now()), 'Today');
  assert.equal(text.date(Date.now() - 86_400_000), 'Yesterday');
  assert.equal(new Text('not a language!'.slice(0, 2)).count(text.s.unread, 2), '2 unread messages');
});

function outbox(): { box: Outbox; sent: string[]; entry(id: string): Entry } {
  const sent: string[] = [];
  const box = new Outbox(new Store('test:'), 'test:', { send: (entry) => sent.push(entry.id), overdue: () => {}, found: () => {} });
  return { box, sent, entry: (id) => ({ id, body: id, time: 0 }) };
}

test('outbox: one in flight, in order, again on each stream, never after the receipt', () => {
  const { box, sent, entry } = outbox();
  box.add(entry('a'));
  box.add(entry('b'));
  assert.deepEqual(sent, [], 'no stream yet');
  box.up(false);
  assert.deepEqual(sent, ['a']);
  box.down();
  box.up(false);
  assert.deepEqual(sent, ['a', 'a']);
  assert.equal(box.settle('a'), true);
  assert.equal(box.settle('a'), false);
  assert.deepEqual(sent, ['a', 'a', 'b']);
  box.settle('b');
  box.down();
  box.up(false);
  assert.deepEqual(sent, ['a', 'a', 'b']);
  box.down();
});

test('outbox: a refused message makes room, wait does not', () => {
  const { box, sent, entry } = outbox();
  box.up(false);
  for (const id of ['a', 'b']) box.add(entry(id));
  assert.equal(box.refuse('a', { type: 'wait', condition: 'remote-server-timeout', text: '' }), 'again');
  assert.deepEqual(sent, ['a']);
  assert.equal(box.refuse('a', { type: 'modify', condition: 'policy-violation', text: '' }), 'failed');
  assert.deepEqual(sent, ['a', 'b']);
  assert.equal(box.refuse('unknown', { type: 'cancel', condition: 'x', text: '' }), undefined);
  box.settle('b');
  box.retry('a');
  assert.deepEqual(sent, ['a', 'b', 'a']);
  box.down();
});
