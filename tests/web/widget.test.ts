/* The widget in a real browser against the fake server of fake-server.ts: what a visitor sees, and what goes over the wire. */
import assert from 'node:assert/strict';
import { assertAccessible, openChat, passTimeUntil, row, scene, settled, ticks, words, write } from './browser.ts';
import { DESK, message, signal } from './fake-server.ts';

const CHAT_STATES = 'http://jabber.org/protocol/chatstates';
const MARKERS = 'urn:xmpp:chat-markers:0';
const RECEIPTS = 'urn:xmpp:receipts';
const NICK = "<nick xmlns='http://jabber.org/protocol/nick'>Asha</nick>";

scene('stores nothing and asks for nothing before it is opened', async ({ server, page }) => {
  await page.getByRole('button', { name: 'Open chat' }).waitFor();
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, '']);
  const expected = ['/', '/favicon.svg', '/site/path.svg', '/site/site.css', '/widget.js'];
  assert.deepEqual([...new Set(server.requests)].sort(), expected);
  assert.equal(server.streams, 0);
});

scene('opened but not used, it stays away on the next visit', async ({ server, page }) => {
  await openChat(page);
  await server.next('presence', (stanza) => stanza.name === 'presence' && stanza.to === DESK);
  await page.reload();
  await page.getByRole('button', { name: 'Open chat' }).waitFor();
  await page.waitForLoadState('networkidle');
  assert.equal(server.requests.filter((path) => path.startsWith('/widget/')).length, 1);
});

scene('a message goes out complete, and its ticks follow what the desk says', async ({ server, page }) => {
  await openChat(page);
  server.answer = () => 'silence';
  await write(page, 'Hello <b>there</b> & "you"');
  const sent = await server.nextMessage('Hello <b>there</b> & "you"');
  assert.equal(sent.to, DESK);
  assert.equal(sent.type, 'chat');
  assert.match(sent.id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.ok(sent.has(RECEIPTS, 'request') && sent.has(MARKERS, 'markable') && sent.has(CHAT_STATES, 'active'));
  assert.equal(sent.attr('origin-id', 'urn:xmpp:sid:0', 'id'), sent.id);
  await ticks(page, 'Hello', 'Waiting to be sent');
  server.send(signal(`<received xmlns='${RECEIPTS}' id='${sent.id}'/>`));
  await ticks(page, 'Hello', 'Sent');
  server.send(signal(`<received xmlns='${MARKERS}' id='${sent.id}'/>`));
  await ticks(page, 'Hello', 'Delivered');
  server.send(signal(`<displayed xmlns='${MARKERS}' id='${sent.id}'/>`));
  await ticks(page, 'Hello', 'Read');
  server.send(signal(`<received xmlns='${MARKERS}' id='${sent.id}'/><x xmlns='end'/>`));
  server.say('a later word');
  await row(page, 'a later word').waitFor();
  await ticks(page, 'Hello', 'Read');
});

scene('the same id is sent again until it is receipted, and then never', async ({ server, page }) => {
  await page.clock.install();
  await openChat(page);
  server.answer = () => 'silence';
  await write(page, 'Are you there?');
  const { id } = await server.nextMessage('Are you there?');
  for (let tries = 0; tries < 3; tries += 1) {
    assert.equal((await passTimeUntil(page, server.nextMessage('Are you there?'))).id, id);
  }
  server.answer = () => 'receipt';
  await passTimeUntil(page, ticks(page, 'Are you there?', 'Sent'));
  const count = server.messages().length;
  await page.clock.fastForward(300_000);
  await write(page, 'next');
  await ticks(page, 'next', 'Sent');
  assert.equal(server.messages().length, count + 1);
  assert.deepEqual((await words(page)).slice(-2), ['Are you there?', 'next']);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('outbox')).length), 0);
});

scene('wait: kept and sent later, in the order it was written', async ({ server, page }) => {
  await page.clock.install();
  await openChat(page);
  server.answer = () => ({ error: 'wait', condition: 'remote-server-timeout' });
  await write(page, 'one');
  await write(page, 'two');
  await server.nextMessage('one');
  await ticks(page, 'one', 'Waiting to be sent');
  await passTimeUntil(page, server.nextMessage('one'));
  assert.equal(server.messages('two').length, 0, 'the second overtook the first');
  server.answer = () => 'receipt';
  await passTimeUntil(page, ticks(page, 'two', 'Sent'));
  await ticks(page, 'one', 'Sent');
});

scene('what has waited through an outage of the desk is sent as soon as the desk shows itself', async ({ server, page }) => {
  await page.clock.install();
  await openChat(page);
  server.answer = () => ({ error: 'wait', condition: 'remote-server-timeout' });
  await write(page, 'patient');
  const { id } = await server.nextMessage('patient');
  for (let tries = 0; tries < 5; tries += 1) {
    await passTimeUntil(page, server.nextMessage('patient'));
  }
  server.answer = () => 'receipt';
  server.send(`<presence xmlns='jabber:client' from='${DESK}'/>`);
  assert.equal((await server.next('message, long before its time', (stanza) => stanza.body === 'patient', 30_000)).id, id);
  await ticks(page, 'patient', 'Sent');
});

scene('what was not receipted survives the page and is sent by the next one with its id', async ({ server, page }) => {
  await openChat(page);
  server.answer = () => 'silence';
  await write(page, 'keep this');
  const { id } = await server.nextMessage('keep this');
  server.acceptsResume = false;
  server.answer = () => 'receipt';
  await page.reload();
  assert.equal((await server.nextMessage('keep this')).id, id);
  await page.getByRole('button', { name: /^Open chat/ }).click();
  await ticks(page, 'keep this', 'Sent');
  assert.deepEqual((await words(page)).filter((text) => text === 'keep this').length, 1);
});

scene('a text that is too long stays in the box, with how much too long it is', async ({ server, page }) => {
  await openChat(page);
  await page.getByRole('textbox').fill('😀'.repeat(4000));
  await page.getByText('0 characters left').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Send' }).isEnabled(), 'code points are counted, not UTF-16 units');
  await page.getByRole('textbox').fill('x'.repeat(4001));
  await page.getByText('1 character too many. A message may have 4,000.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Send' }).isDisabled());
  await page.getByRole('textbox').press('Enter');
  assert.equal((await page.getByRole('textbox').inputValue()).length, 4001);
  assert.equal(server.messages().length, 0);
  await assertAccessible(page, 'too long');
});

scene('refused as too long by the desk: the reason is shown, and Change brings the text back', async ({ server, page }) => {
  await openChat(page);
  server.answer = () => ({ error: 'modify', condition: 'policy-violation', text: 'At most 100 characters.' });
  await write(page, 'rather long');
  await page.getByText('Not sent. At most 100 characters.').waitFor();
  assert.equal(await row(page, 'rather long').getByRole('button', { name: 'Try again' }).count(), 0);
  await assertAccessible(page, 'refused');
  await row(page, 'rather long').getByRole('button', { name: 'Change' }).click();
  assert.equal(await page.getByRole('textbox').inputValue(), 'rather long');
  assert.equal(await row(page, 'rather long').count(), 0);
});

scene('refused for good: shown until tried again or deleted; later messages still go', async ({ server, page }) => {
  await openChat(page);
  server.answer = (sent) => (sent.body === 'later' ? 'receipt' : { error: 'cancel', condition: 'not-allowed' });
  await write(page, 'first');
  await write(page, 'second');
  await write(page, 'later');
  const { id } = await server.nextMessage('first');
  await ticks(page, 'later', 'Sent');
  await ticks(page, 'first', 'Not sent');
  await row(page, 'second').getByRole('button', { name: 'Delete' }).click();
  assert.equal(await row(page, 'second').count(), 0);
  server.answer = () => 'receipt';
  await row(page, 'first').getByRole('button', { name: 'Try again' }).click();
  await ticks(page, 'first', 'Sent');
  assert.equal((await server.nextMessage('first')).id, id);
});

scene('what the agent says is receipted each time, shown once, and marked when it is seen', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'hi');
  await ticks(page, 'hi', 'Sent');
  const id = server.say('Good day', { extra: NICK });
  await row(page, 'Good day').waitFor();
  await page.getByText('You are talking to Asha').waitFor();
  const isReceipt = (stanza: { attr(name: string, ns: string, attribute: string): string | undefined }) => stanza.attr('received', RECEIPTS, 'id') === id;
  assert.equal((await server.next('receipt', isReceipt)).to, DESK);
  assert.equal((await server.next('marker', (stanza) => stanza.attr('displayed', MARKERS, 'id') === id)).to, DESK);
  server.send(message('Good day', id));
  await server.next('second receipt', isReceipt);
  server.say('and a word');
  await row(page, 'and a word').waitFor();
  assert.equal(await row(page, 'Good day').count(), 1);
});

scene('a receipt that was refused, because too much came at once, is sent again', async ({ server, page }) => {
  await page.clock.install();
  await openChat(page);
  await write(page, 'hi');
  await ticks(page, 'hi', 'Sent');
  const said = server.say('much');
  const receipt = () => server.next('receipt', (stanza) => stanza.attr('received', RECEIPTS, 'id') === said);
  const { id } = await receipt();
  server.send(`<message xmlns='jabber:client' type='error' from='${DESK}' id='${id}'><error type='wait'>` +
    "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
  await passTimeUntil(page, receipt());
  assert.equal(await page.locator('.message.agent', { hasText: 'much' }).count(), 1);
});

scene('unread messages are counted on the closed bubble and marked when it opens', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'hi');
  await ticks(page, 'hi', 'Sent');
  await page.getByRole('textbox').press('Escape');
  server.say('one');
  const last = server.say('two');
  await page.getByRole('button', { name: 'Open chat, 2 unread messages' }).waitFor();
  await page.getByText('New message: two').waitFor();
  await assertAccessible(page, 'closed with unread messages');
  assert.equal(server.stanzas.filter((stanza) => stanza.has(MARKERS, 'displayed')).length, 0);
  await page.reload();
  await page.getByRole('button', { name: 'Open chat, 2 unread messages' }).click();
  await server.next('marker', (stanza) => stanza.attr('displayed', MARKERS, 'id') === last);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Open chat', exact: true }).waitFor();
  assert.equal(await page.getByText('New message:').count(), 0);
});

scene('what was read while the chat was open is not announced as new when it closes', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'hi');
  await ticks(page, 'hi', 'Sent');
  await page.keyboard.press('Escape');
  server.say('news');
  await page.getByText('New message: news').waitFor();
  await page.getByRole('button', { name: 'Open chat, 1 unread message' }).click();
  await page.getByRole('textbox').press('Escape');
  await page.getByRole('button', { name: 'Open chat', exact: true }).waitFor();
  assert.equal(await page.getByText('New message:').count(), 0);
});

scene('what is written and not sent goes along to the next page, and is gone once it is sent', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'good day');
  await ticks(page, 'good day', 'Sent');
  await page.getByRole('textbox').fill('half a thought');
  await page.reload();
  await openChat(page);
  assert.equal(await page.getByRole('textbox').inputValue(), 'half a thought');
  await row(page, 'good day').waitFor();
  await page.getByRole('button', { name: 'Edit your last message' }).click();
  assert.equal(await page.getByRole('textbox').inputValue(), 'good day');
  await page.reload();
  await openChat(page);
  assert.equal(await page.getByRole('textbox').inputValue(), 'half a thought');
  await page.getByRole('textbox').press('Enter');
  await server.nextMessage('half a thought');
  await page.reload();
  await openChat(page);
  assert.equal(await page.getByRole('textbox').inputValue(), '');
});

scene('a file that is pasted or dropped is answered with words, and the page stays', async ({ page }) => {
  await openChat(page);
  const give = (type: string, kind: string, ...more: [string, string][]) =>
    page.getByRole('textbox').evaluate((box, [type, kind, more]) => {
      const data = new DataTransfer();
      if (kind === 'file') data.items.add(new File(['x'], 'cv.pdf', { type: 'application/pdf' }));
      for (const [format, text] of more) data.setData(format, text);
      const options = { bubbles: true, composed: true, cancelable: true };
      return box.dispatchEvent(
        type === 'paste' ? new ClipboardEvent(type, { ...options, clipboardData: data }) : new DragEvent(type, { ...options, dataTransfer: data }),
      );
    }, [type, kind, more] as const);
  const words = page.getByText('Files and pictures cannot be sent in this chat.');
  assert.equal(await give('dragover', 'file'), false);
  assert.equal(await words.count(), 0);
  assert.equal(await give('drop', 'file'), false);
  await words.waitFor();
  await assertAccessible(page, 'a file was dropped');
  await page.getByRole('textbox').fill('then so');
  assert.equal(await words.count(), 0);
  assert.equal(await give('paste', 'text', ['text/plain', 'words']), true);
  assert.equal(await give('paste', 'file', ['text/plain', 'a cell']), true);
  assert.equal(await words.count(), 0);
  assert.equal(await give('paste', 'file'), false);
  await words.waitFor();
});

scene('a button that is gone once it was pressed does not take the focus along', async ({ server, page, expectTrouble }) => {
  expectTrouble();
  const focused = () => page.evaluate(() => {
    const at = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
    return at?.getAttribute('aria-label') ?? at?.tagName;
  });
  const press = async (name: string, next: string) => {
    await page.getByRole('button', { name }).last().press('Enter');
    await page.waitForFunction((next) => document.activeElement?.shadowRoot?.activeElement?.getAttribute('aria-label') === next, next, { timeout: 5_000 })
      .catch(async () => assert.fail(`after "${name}" the focus is at ${await focused()}`));
  };
  await openChat(page);
  await write(page, 'taken');
  await ticks(page, 'taken', 'Sent');
  server.answer = () => ({ error: 'cancel', condition: 'not-allowed' });
  for (const text of ['one', 'two', 'three']) {
    await write(page, text);
    await ticks(page, text, 'Not sent');
  }
  await page.getByRole('textbox').fill('begun');
  await press('Change', 'Write a message');
  assert.equal(await page.getByRole('textbox').inputValue(), 'three\nbegun');
  await press('Delete', 'Messages');
  server.answer = () => 'receipt';
  await press('Try again', 'Messages');
  await ticks(page, 'one', 'Sent');
  await press('Edit your last message', 'Editing your message');
  await press('Cancel editing', 'Write a message');
  assert.equal(await page.getByRole('textbox').inputValue(), 'three\nbegun');
  server.acceptsConnections = false;
  server.cut();
  await page.getByRole('button', { name: 'Retry now' }).focus();
  server.acceptsConnections = true;
  await press('Retry now', 'Messages');
});

scene('corrections: the agent\'s, one\'s own by arrow-up, and none of somebody else\'s words', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'I need to seats');
  await ticks(page, 'I need to seats', 'Sent');
  const own = (await server.nextMessage('I need to seats')).id;
  await page.getByRole('textbox').press('ArrowUp');
  assert.equal(await page.getByRole('textbox').inputValue(), 'I need to seats');
  await page.getByRole('textbox').press('Escape');
  assert.equal(await page.getByRole('textbox').inputValue(), '');
  await page.getByRole('textbox').press('ArrowUp');
  await write(page, 'I need two seats');
  const fix = await server.nextMessage('I need two seats');
  assert.equal(fix.attr('replace', 'urn:xmpp:message-correct:0', 'id'), own);
  assert.notEqual(fix.id, own);
  await row(page, 'I need two seats').getByText('edited').waitFor();
  await ticks(page, 'I need two seats', 'Sent');
  await page.getByRole('textbox').press('ArrowUp');
  await write(page, 'I need three seats');
  assert.equal((await server.nextMessage('I need three seats')).attr('replace', 'urn:xmpp:message-correct:0', 'id'), own, 'always the first id');

  const agents = server.say('Monday');
  await row(page, 'Monday').waitFor();
  server.say('Tuesday', { extra: `<replace xmlns='urn:xmpp:message-correct:0' id='${agents}'/>` });
  await row(page, 'Tuesday').getByText('edited').waitFor();
  server.say('forged', { extra: `<replace xmlns='urn:xmpp:message-correct:0' id='${own}'/>` });
  server.say('end');
  await row(page, 'end').waitFor();
  assert.deepEqual((await words(page)).slice(-3), ['I need three seats', 'Tuesday', 'end']);

  await page.reload();
  await page.getByRole('button', { name: /^Open chat/ }).click();
  await row(page, 'I need three seats').getByText('edited').waitFor();
  assert.deepEqual((await words(page)).slice(-3), ['I need three seats', 'Tuesday', 'end'], 'the archive tells the same');
});

scene('typing shows in both directions and ends by itself', async ({ server, page }) => {
  await page.clock.install();
  await openChat(page);
  await server.next('presence', (stanza) => stanza.name === 'presence' && stanza.to === DESK);
  const state = (name: string) => server.next(name, (stanza) => stanza.has(CHAT_STATES, name) && stanza.body === undefined);
  await page.getByRole('textbox').pressSequentially('Hel');
  await state('composing');
  await page.clock.fastForward(5_100);
  await state('paused');
  await page.getByRole('textbox').pressSequentially('lo');
  await state('composing');
  await page.getByRole('textbox').fill('');
  await state('active');
  assert.equal(server.stanzas.filter((stanza) => stanza.has(CHAT_STATES, 'composing')).length, 2, 'once, not with every key');
  await page.getByRole('textbox').fill('bye');
  await page.getByRole('textbox').press('Escape');
  await state('inactive');

  await page.getByRole('button', { name: 'Open chat' }).click();
  server.send(signal(`<composing xmlns='${CHAT_STATES}'/>`));
  await page.getByText('Support is typing').waitFor();
  await page.clock.fastForward(61_000);
  await page.getByText('Support is typing').waitFor({ state: 'detached' });
  server.send(signal(`<composing xmlns='${CHAT_STATES}'/>`));
  await page.getByText('Support is typing').waitFor();
  server.say('done');
  await page.getByText('Support is typing').waitFor({ state: 'detached' });
});

scene('a drop shows the banner, and the same stream is resumed with what was missed', async ({ server, page, expectTrouble }) => {
  expectTrouble();
  await openChat(page);
  await write(page, 'before');
  await ticks(page, 'before', 'Sent');
  server.acceptsConnections = false;
  server.cut();
  await page.getByText('Reconnecting…').waitFor();
  await assertAccessible(page, 'reconnecting');
  server.say('said meanwhile');
  await write(page, 'written meanwhile');
  await ticks(page, 'written meanwhile', 'Waiting to be sent');
  server.acceptsConnections = true;
  await page.getByRole('button', { name: 'Retry now' }).click();
  await row(page, 'said meanwhile').waitFor();
  await ticks(page, 'written meanwhile', 'Sent');
  await page.getByText('Reconnecting…').waitFor({ state: 'detached' });
  assert.deepEqual([server.streams, server.resumed], [1, 1]);
  assert.equal(server.messages('written meanwhile').length, 1);
  assert.deepEqual((await words(page)).slice(1).sort(), ['before', 'said meanwhile', 'written meanwhile']);
});

scene('a screen reader hears of the drop and of its end', async ({ server, page, expectTrouble }) => {
  expectTrouble();
  await openChat(page);
  await write(page, 'before');
  await ticks(page, 'before', 'Sent');
  const said = page.locator('.banner [role=status]');
  assert.equal(await said.textContent(), '');
  server.acceptsConnections = false;
  server.cut();
  await said.getByText('Reconnecting…').waitFor();
  server.acceptsConnections = true;
  await page.getByRole('button', { name: 'Retry now' }).click();
  await said.getByText('Connected', { exact: true }).waitFor();
  assert.equal(await page.locator('.banner').evaluate((banner) => banner.getBoundingClientRect().height), 0, 'others see the banner go');
});

scene('a message in flight at the drop is sent again with its id', async ({ server, page, expectTrouble }) => {
  expectTrouble();
  await openChat(page);
  server.answer = (sent) => (server.messages(sent.body).length === 1 ? (server.cut(), 'silence') : 'receipt');
  await write(page, 'in flight');
  await ticks(page, 'in flight', 'Sent');
  assert.equal(new Set(server.messages('in flight').map((sent) => sent.id)).size, 1);
});

scene('a reload resumes the stream; what was said while the page was away arrives once', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'hello');
  await ticks(page, 'hello', 'Sent');
  await page.goto('about:blank');
  server.say('while you were away');
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Open chat, 1 unread message', exact: true }).click();
  await row(page, 'while you were away').waitFor();
  assert.deepEqual([server.streams, server.resumed], [1, 1]);
  assert.deepEqual((await words(page)).slice(-2), ['hello', 'while you were away']);
});

scene('a stream that cannot be resumed: the archive since the last known message, and presence again', async ({ server, page, expectTrouble }) => {
  expectTrouble();
  await openChat(page);
  await write(page, 'hello');
  await ticks(page, 'hello', 'Sent');
  server.say('known');
  await row(page, 'known').waitFor();
  await server.next('presence', (stanza) => stanza.name === 'presence' && stanza.to === DESK);
  server.acceptsConnections = false;
  server.acceptsResume = false;
  server.cut();
  server.sessions.clear();
  for (let n = 1; n <= 40; n += 1) server.store(`<message xmlns='jabber:client' type='chat' from='${DESK}' id='missed-${n}'><body>missed ${n}</body><request xmlns='${RECEIPTS}'/></message>`);
  server.acceptsConnections = true;
  await page.getByText('missed 40', { exact: true }).waitFor();
  await server.next('presence', (stanza) => stanza.name === 'presence' && stanza.to === DESK);
  await server.next('receipt for what the archive brought', (stanza) => stanza.attr('received', RECEIPTS, 'id') === 'missed-40');
  const last = (await words(page)).slice(-42);
  assert.deepEqual(last, ['hello', 'known', ...Array.from({ length: 40 }, (_, n) => `missed ${n + 1}`)]);
  const after = server.stanzas.filter((stanza) => stanza.name === 'iq' && stanza.xml.includes('<after>'));
  assert.ok(after.length >= 2, 'paged forward');
});

scene('who comes back is told that their messages are on the way, and is not greeted as a stranger meanwhile', async ({ server, page, expectTrouble }) => {
  expectTrouble();
  await openChat(page);
  const greeting = page.getByText('Which course are you thinking about?', { exact: false });
  await greeting.waitFor();
  await write(page, 'hi');
  await ticks(page, 'hi', 'Sent');
  server.acceptsConnections = false;
  server.cut();
  await page.reload();
  await openChat(page);
  await page.getByText('Loading earlier messages…').waitFor();
  assert.equal(await greeting.count(), 0);
  server.acceptsConnections = true;
  await page.getByText('Loading earlier messages…').waitFor({ state: 'detached' });
  await ticks(page, 'hi', 'Sent');
  await greeting.waitFor();
});

scene('history comes a page at a time when scrolling up, and the place is kept', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'start');
  await ticks(page, 'start', 'Sent');
  const { user } = [...server.sessions.values()][0]!;
  server.archive.length = 0;
  for (let n = 1; n <= 75; n += 1) {
    const stamp = new Date(Date.now() - (76 - n) * 3_600_000).toISOString();
    server.store(`<message xmlns='jabber:client' type='chat' from='${n % 3 ? DESK : user}' id='old-${n}'><body>old ${n}</body></message>`, stamp);
  }
  await page.reload();
  await page.getByRole('button', { name: /^Open chat/ }).click();
  await page.getByText('old 75', { exact: true }).waitFor();
  assert.equal((await words(page)).length, 30);
  assert.ok(await page.getByText('old 75', { exact: true }).evaluate((row) => row.getBoundingClientRect().bottom <= innerHeight), 'opened at the end');
  assert.ok((await page.locator('.day').count()) >= 1);
  const log = page.getByRole('log');
  await log.evaluate((element) => (element.scrollTop = 0));
  await page.getByText('old 16', { exact: true }).waitFor({ state: 'attached' });
  assert.ok((await log.evaluate((element) => element.scrollTop)) > 200, 'the reader was thrown to the top');
  await log.evaluate((element) => (element.scrollTop = 0));
  await page.getByText('old 1', { exact: true }).waitFor({ state: 'attached' });
  assert.deepEqual((await words(page)).slice(1), Array.from({ length: 75 }, (_, n) => `old ${n + 1}`));
  assert.equal(await page.getByRole('button', { name: 'Show earlier messages' }).count(), 0);
  await assertAccessible(page, 'long history');
});

scene('while several lines are written the newest message stays in view', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'first');
  await ticks(page, 'first', 'Sent');
  for (let n = 1; n <= 12; n += 1) server.say(`answer ${n}`);
  await row(page, 'answer 12').waitFor();
  const hidden = (): Promise<number> => page.getByRole('log').evaluate(async (log) => {
    for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame);
    return log.scrollHeight - log.scrollTop - log.clientHeight;
  });
  assert.ok((await hidden()) < 2);
  for (const line of ['one line', 'two lines', 'three lines', 'four lines']) {
    await page.getByRole('textbox').pressSequentially(line);
    await page.keyboard.press('Shift+Enter');
    assert.ok((await hidden()) < 2, line);
  }
  server.say('meanwhile');
  await row(page, 'meanwhile').waitFor();
  assert.ok((await hidden()) < 2, 'what came meanwhile');
  assert.equal(await page.getByRole('button', { name: 'To the newest messages' }).count(), 0);
  await page.getByRole('textbox').fill('');
  assert.ok((await hidden()) < 2, 'emptied');
});

scene('two tabs: one visitor, no doubles, the same words in both', async ({ server, context, page }) => {
  await openChat(page);
  await write(page, 'from the first');
  await ticks(page, 'from the first', 'Sent');
  const other = await context.newPage();
  await other.goto(server.url);
  await other.getByRole('button', { name: /^Open chat/ }).click();
  await row(other, 'from the first').waitFor();
  await write(other, 'from the second');
  await ticks(other, 'from the second', 'Sent');
  await ticks(page, 'from the second', 'Sent');
  const sessions = [...server.sessions.values()];
  assert.equal(new Set(sessions.map((session) => session.user)).size, 1);
  assert.equal(new Set(sessions.map((session) => session.jid)).size, 2);
  server.answer = () => 'silence';
  await write(other, 'left behind');
  const { id } = await server.nextMessage('left behind');
  server.answer = () => 'receipt';
  await other.close();
  assert.equal((await server.nextMessage('left behind')).id, id, 'the tab that stays takes it over');
  await ticks(page, 'left behind', 'Sent');
  assert.equal(server.messages('from the second').length, 1);
  assert.equal(server.messages('left behind').length, 2);
  assert.deepEqual((await words(page)).slice(-3), ['from the first', 'from the second', 'left behind']);
});

scene('two tabs show what was said in the order of the archive, however late one of them hears it', async ({ server, context, page }) => {
  await openChat(page);
  await write(page, 'one');
  await ticks(page, 'one', 'Sent');
  const other = await context.newPage();
  await other.goto(server.url);
  await other.getByRole('button', { name: /^Open chat/ }).click();
  await row(other, 'one').waitFor();
  const [session] = server.sessions.values();

  const late = { id: 'late', place: server.store(`<message xmlns='jabber:client' type='chat' from='${DESK}' id='late'><body>two</body></message>`) };
  await write(page, 'three');
  await ticks(other, 'three', 'Sent');
  server.send(message('two', late.id, `<stanza-id xmlns='urn:xmpp:sid:0' by='${DESK}' id='${late.place}'/>`));
  for (const tab of [page, other]) {
    await row(tab, 'two').waitFor();
    assert.deepEqual((await words(tab)).slice(-3), ['one', 'two', 'three'], 'the answer came later than the receipt');
  }

  server.answer = () => 'silence';
  await write(page, 'four');
  const { id } = await server.nextMessage('four');
  const place = server.store(`<message xmlns='jabber:client' type='chat' from='${session!.user}' id='${id}'><body>four</body></message>`);
  server.say('five');
  await ticks(other, 'four', 'Waiting to be sent');
  await row(other, 'five').waitFor();
  session!.send(signal(`<received xmlns='${RECEIPTS}' id='${id}'/><archived xmlns='urn:traincape:crm:0' id='${place}'/>`));
  for (const tab of [page, other]) {
    await ticks(tab, 'four', 'Sent');
    assert.deepEqual((await words(tab)).slice(-5), ['one', 'two', 'three', 'four', 'five'], 'the answer came earlier than the receipt');
  }
});

scene('what still waits in one tab is seen by another that is opened meanwhile', async ({ server, context, page }) => {
  await openChat(page);
  server.answer = () => 'silence';
  await write(page, 'patient');
  const { id, session } = await server.nextMessage('patient');
  const other = await context.newPage();
  await other.goto(server.url);
  await other.getByRole('button', { name: /^Open chat/ }).click();
  await ticks(other, 'patient', 'Waiting to be sent');
  session.send(signal(`<received xmlns='${RECEIPTS}' id='${id}'/>`));
  await ticks(other, 'patient', 'Sent');
  assert.deepEqual((await words(other)).filter((text) => text === 'patient').length, 1);
});

scene('refused in one tab it does not wait in the other for ever', async ({ server, context, page }) => {
  await openChat(page);
  const other = await context.newPage();
  await other.goto(server.url);
  await openChat(other);
  await page.bringToFront();
  server.answer = () => 'silence';
  await write(page, 'disputed');
  await ticks(other, 'disputed', 'Waiting to be sent');
  const { id } = await server.nextMessage('disputed');
  server.send(`<message xmlns='jabber:client' type='error' from='${DESK}' id='${id}'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`);
  await ticks(page, 'disputed', 'Not sent');
  await row(other, 'disputed').waitFor({ state: 'detached' });
  await row(page, 'disputed').getByRole('button', { name: 'Try again' }).click();
  await ticks(other, 'disputed', 'Waiting to be sent');
  assert.equal((await server.nextMessage('disputed')).id, id);
  server.send(signal(`<received xmlns='${RECEIPTS}' id='${id}'/>`));
  await ticks(page, 'disputed', 'Sent');
  await ticks(other, 'disputed', 'Sent');
});

scene('what was refused goes to the tab that stays, with what can be done about it', async ({ server, context, page }) => {
  await openChat(page);
  server.answer = () => ({ error: 'cancel', condition: 'not-allowed' });
  const other = await context.newPage();
  await other.goto(server.url);
  await openChat(other);
  await write(other, 'orphaned');
  await ticks(other, 'orphaned', 'Not sent');
  await row(page, 'orphaned').waitFor({ state: 'detached' });
  await other.close();
  await ticks(page, 'orphaned', 'Not sent');
  server.answer = () => 'receipt';
  await row(page, 'orphaned').getByRole('button', { name: 'Try again' }).click();
  await ticks(page, 'orphaned', 'Sent');
});

scene('a tab keeps its own messages for as long as it lives', async ({ server, context, page }) => {
  await openChat(page);
  server.answer = () => 'silence';
  await write(page, 'mine');
  const { session } = await server.nextMessage('mine');
  const other = await context.newPage();
  await other.goto(server.url);
  await openChat(other);
  await write(other, 'yours');
  assert.notEqual((await server.nextMessage('yours')).session, session);
  assert.deepEqual([...new Set(server.messages('mine').map((sent) => sent.session))], [session]);
});

scene('a duplicated tab does not take the stream of the first', async ({ server, context, page }) => {
  await openChat(page);
  await write(page, 'hello');
  await ticks(page, 'hello', 'Sent');
  const copied = await page.evaluate(() => ({ ...sessionStorage }));
  assert.ok(Object.keys(copied).length > 0);
  const other = await context.newPage();
  await other.addInitScript((entries) => Object.entries(entries).forEach(([key, value]) => sessionStorage.setItem(key, value as string)), copied);
  await other.goto(server.url);
  await other.getByRole('button', { name: /^Open chat/ }).click();
  await write(other, 'from the copy');
  await ticks(other, 'from the copy', 'Sent');
  assert.deepEqual([server.streams, server.resumed], [2, 0]);
});

scene('where WebSockets do not pass it talks over BOSH', async ({ server, page, expectTrouble }) => {
  expectTrouble();
  server.acceptsSockets = false;
  await openChat(page);
  await write(page, 'by another way');
  await ticks(page, 'by another way', 'Sent');
  server.say('heard & understood');
  await row(page, 'heard & understood').waitFor();
  assert.ok(server.requests.some((path) => path.startsWith('/widget/bosh-')));
});

scene('where WebSockets are forbidden by an exception it talks over BOSH at once', async ({ server, context }) => {
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.WebSocket = new Proxy(WebSocket, {
      construct() {
        throw new DOMException('forbidden', 'SecurityError');
      },
    });
    const { setTimeout } = window;
    // Nobody waits until an attempt has taken too long: that never happens here.
    window.setTimeout = ((run: () => void, pause: number) => (pause >= 10_000 ? 0 : setTimeout(run, pause))) as typeof window.setTimeout;
  });
  await page.goto(server.url);
  await openChat(page);
  await write(page, 'by another way');
  await ticks(page, 'by another way', 'Sent');
  assert.ok(server.requests.includes('/http-bind'));
});

scene('only http and https become links, and text stays text', async ({ server, page }) => {
  await openChat(page);
  server.say('<img src=x onerror=alert(1)> javascript:alert(1) (see https://a.example/x_(y).) data:text/html,x HTTP://B.example.');
  const words = page.locator('.words', { hasText: 'onerror' });
  await words.waitFor();
  assert.deepEqual(await words.getByRole('link').evaluateAll((links) => links.map((link) => [(link as HTMLAnchorElement).href, link.textContent, (link as HTMLAnchorElement).rel])), [
    ['https://a.example/x_(y)', 'https://a.example/x_(y)', 'noopener noreferrer nofollow'],
    ['http://b.example/', 'HTTP://B.example', 'noopener noreferrer nofollow'],
  ]);
  assert.equal(await words.locator('img').count(), 0);
});

scene('characters that XML forbids do not end the stream', async ({ server, page }) => {
  await openChat(page);
  await page.getByRole('textbox').evaluate((box: HTMLTextAreaElement) => {
    box.value = 'a\u0000b\u0008c\uFFFEd\uD800e';
    box.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await page.getByRole('textbox').press('Enter');
  await server.next('message', (stanza) => stanza.body === 'a\uFFFDb\uFFFDc\uFFFDd\uFFFDe');
  await write(page, 'still here');
  await ticks(page, 'still here', 'Sent');
  assert.equal(server.streams, 1);
});

scene('nobody but the desk is heard', async ({ server, page }) => {
  await openChat(page);
  await write(page, 'hi');
  const { id } = await server.nextMessage('hi');
  await ticks(page, 'hi', 'Sent');
  server.send(message('I am support', 'x1', '', 'support@crm.traincape.test.evil.example'));
  server.send(message('me too', 'x2', '', 'visitor-2@crm.traincape.test'));
  server.send(`<message xmlns='jabber:client' type='chat' from='someone@guest.traincape.test'><displayed xmlns='${MARKERS}' id='${id}'/></message>`);
  server.send(`<message xmlns='jabber:client' type='chat' from='someone@guest.traincape.test'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${message('carbon', 'x3')}</forwarded></received></message>`);
  server.say('the real one');
  await row(page, 'the real one').waitFor();
  assert.deepEqual((await words(page)).slice(-2), ['hi', 'the real one']);
  await ticks(page, 'hi', 'Sent');
});

scene('notices of the desk look like notices', async ({ server, page }) => {
  await openChat(page);
  server.say('Nobody is available now.', { extra: "<notice xmlns='urn:traincape:crm:0' kind='nobody-available'/>" });
  await page.locator('p.notice', { hasText: 'Nobody is available now.' }).waitFor();
  assert.equal(await page.locator('.message.agent', { hasText: 'Nobody' }).count(), 0);
});

scene('works with the keyboard alone', async ({ server, page }) => {
  const focused = () => page.evaluate(() => {
    const at = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
    return at?.getAttribute('aria-label') ?? at?.tagName;
  });
  await page.getByRole('button', { name: 'Open chat' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'TrainCape' }).waitFor();
  await page.getByRole('textbox').and(page.locator(':focus')).waitFor();
  await page.keyboard.type('typed');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two lines');
  await page.keyboard.press('Enter');
  await server.nextMessage('typed\ntwo lines');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(), 'Messages');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(), 'Close chat');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Open chat');
});

scene('the header tells the truth about who is there, as it changes', async ({ server, page }) => {
  const show = (resource: string, inside: string, type = ''): void =>
    server.send(`<presence xmlns='jabber:client' from='${DESK}${resource}' ${type}>${inside}</presence>`);
  await openChat(page);
  const { xml } = await server.next('presence', (stanza) => stanza.name === 'presence' && stanza.to === DESK);
  assert.match(xml, /<status[^>]*>\/ · en-GB<\/status>/);
  const header = page.getByRole('dialog').getByRole('status').first();
  const says = (words: string): Promise<void> => header.getByText(words).waitFor();
  await says('Write to us, we answer here');
  show('', '<show>away</show>');
  await says('Nobody is here right now. Leave a message');
  show('', '');
  await says('We usually answer within a few minutes');
  show('/agent', `${NICK}`);
  await says('You are talking to Asha');
  show('/agent', `<show>away</show>${NICK}`);
  await says('Asha is away. We will answer you here');
  show('/agent', '', "type='unavailable'");
  await says('We usually answer within a few minutes');
  show('/elsewhere', '<show>away</show>');
  server.send(`<presence xmlns='jabber:client' from='somebody@crm.traincape.test/crm'><show>away</show></presence>`);
  server.say('a word', { extra: NICK });
  await says('You are talking to Asha');
});

const looks = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['on a phone', { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true }],
  ['with forced colours', { forcedColors: 'active' }],
] as const;
for (const [look, options] of looks) {
  scene(`is accessible (axe): ${look}`, async ({ server, page }) => {
    await assertAccessible(page, 'closed');
    await openChat(page);
    await page.getByText('Write to us').waitFor();
    await assertAccessible(page, 'empty');
    await write(page, 'hello');
    await ticks(page, 'hello', 'Sent');
    const { id } = await server.nextMessage('hello');
    server.send(signal(`<displayed xmlns='${MARKERS}' id='${id}'/>`));
    server.say('see https://traincape.example/', { extra: NICK });
    server.say('Asha took it', { extra: "<notice xmlns='urn:traincape:crm:0' kind='taken'/>" });
    server.send(signal(`<composing xmlns='${CHAT_STATES}'/>`));
    await page.getByText('Asha is typing').waitFor();
    await ticks(page, 'hello', 'Read');
    await assertAccessible(page, 'talking');
  }, options);
}

scene('on a phone it covers the screen and keeps the focus inside', async ({ page }) => {
  await openChat(page);
  assert.equal(await page.getByRole('dialog').getAttribute('aria-modal'), 'true', 'nor does a screen reader wander off');
  await settled(page);
  const box = await page.getByRole('dialog').boundingBox();
  assert.deepEqual([box?.x, box?.y, box?.width, box?.height], [0, 0, 390, 780]);
  await page.getByRole('button', { name: 'Close chat' }).first().focus();
  await page.keyboard.press('Shift+Tab');
  await page.getByRole('textbox').and(page.locator(':focus')).waitFor();
}, { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true });

for (const viewport of [{ width: 640, height: 360 }, { width: 320, height: 256 }]) {
  scene(`on a screen of ${viewport.width} by ${viewport.height} (a phone on its side, a page at 400 %) the messages can be read while writing`, async ({ server, page }) => {
    await openChat(page);
    await write(page, 'hello');
    server.say('a word');
    await row(page, 'a word').waitFor();
    await page.getByRole('textbox').fill('one\ntwo\nthree\nfour\nfive\nsix');
    await settled(page);
    const inside = await page.getByRole('dialog').evaluate((panel) => [panel.clientHeight - innerHeight, panel.scrollHeight - panel.clientHeight]);
    assert.deepEqual(inside, [0, 0], 'it covers the screen, and all of it is there');
    assert.ok((await page.getByRole('log').boundingBox())!.height > 70);
    const [words, log] = [await row(page, 'a word').locator('.words').boundingBox(), await page.getByRole('log').boundingBox()];
    assert.ok(words!.y + words!.height <= log!.y + log!.height && words!.y + words!.height > log!.y, 'the newest is in view');
    assert.ok(await page.locator('.bubble').isHidden());
    await assertAccessible(page, 'small');
  }, { viewport });
}

scene('right to left, the bubble and the panel change sides', async ({ page }) => {
  await page.evaluate(() => (document.documentElement.dir = 'rtl'));
  await openChat(page);
  const box = await page.getByRole('dialog').boundingBox();
  assert.ok(box && box.x < 100, `panel at ${box?.x}`);
  await assertAccessible(page, 'rtl');
});

scene('offline: says so, and sends when the network is back', async ({ server, context, page, expectTrouble }) => {
  expectTrouble();
  await openChat(page);
  await write(page, 'hi');
  await ticks(page, 'hi', 'Sent');
  await context.setOffline(true);
  server.cut();
  await page.getByText('You are offline.').waitFor();
  await write(page, 'in the tunnel');
  await ticks(page, 'in the tunnel', 'Waiting to be sent');
  await context.setOffline(false);
  await ticks(page, 'in the tunnel', 'Sent');
});

scene('a page without storage still has a chat', async ({ server, context }) => {
  const page = await context.newPage();
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: () => { throw new DOMException('denied', 'SecurityError'); } });
  });
  await page.goto(server.url);
  await openChat(page);
  await write(page, 'no memory');
  await ticks(page, 'no memory', 'Sent');
});

scene('with a full storage the chat works, and says the truth', async ({ server, page }) => {
  await page.evaluate(() => {
    for (let size = 2 ** 21; size >= 1; size /= 2) {
      for (let n = 0; ; n += 1) {
        try {
          localStorage.setItem(`other:${size}:${n}`, 'x'.repeat(size));
        } catch {
          break;
        }
      }
    }
  });
  await openChat(page);
  server.answer = () => 'silence';
  await write(page, 'no room');
  await write(page, 'for us');
  await ticks(page, 'for us', 'Waiting to be sent');
  const { id } = await server.nextMessage('no room');
  server.answer = () => 'receipt';
  server.send(signal(`<received xmlns='${RECEIPTS}' id='${id}'/>`));
  await ticks(page, 'no room', 'Sent');
  await ticks(page, 'for us', 'Sent');
  server.send(signal(`<displayed xmlns='${MARKERS}' id='${id}'/>`));
  await ticks(page, 'no room', 'Read');
  await ticks(page, 'for us', 'Sent');
});
