/*
 * The widget on somebody else's website: another origin, and pages that are in its way. Each test writes the page; the widget is
 * always the built one, from the fake server.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertAccessible, openChat, row, scene, settled, ticks, write } from './browser.ts';
import type { Page, Room } from './browser.ts';
import { DOMAIN } from './fake-server.ts';

interface Website {
  /** Goes into <head> before the widget. */
  head?: string;
  html?: string;
  /** Of the script element. */
  attributes?: string;
  /** SERVER is the widget's origin, SOCKET the same for WebSockets. */
  policy?: string;
  headers?: Record<string, string>;
}

/** A page of another origin that embeds the widget as web/README.md says. */
function embedded(name: string, { head = '', html = '<html lang="en">', attributes = '', policy, headers = {} }: Website, run: (room: Room) => Promise<void>): void {
  scene(name, async (room) => {
    const { url } = room.server;
    const script = `<script src="${url}/widget.js" async data-domain="${DOMAIN}" data-title="Ask us" ${attributes}></script>`;
    const text = `<!doctype html>${html}<head><title>Shop</title>${head.replaceAll('SCRIPT', script)}${script}</head><body><main><h1>Shop</h1></main></body></html>`;
    const csp = policy?.replaceAll('SERVER', url).replaceAll('SOCKET', url.replace('http', 'ws'));
    const site = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html', ...(csp && { 'content-security-policy': csp }), ...headers }).end(text));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    try {
      await room.page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      await run(room);
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });
}

async function talk({ page, server }: Room): Promise<void> {
  await openChat(page);
  await write(page, 'from a shop');
  await ticks(page, 'from a shop', 'Sent');
  server.say('to a shop');
  await row(page, 'to a shop').waitFor();
}

/** The panel and the bubble are where and as large as on a page of our own, and can be seen. */
async function assertInPlace(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await settled(page);
  const { width, height } = page.viewportSize()!;
  assert.deepEqual(await page.getByRole('dialog').boundingBox(), { x: width - 20 - 384, y: height - 20 - 76 - 608, width: 384, height: 608 });
  assert.deepEqual(await page.locator('.bubble').boundingBox(), { x: width - 80, y: height - 80, width: 60, height: 60 });
  const look = await page.locator('traincape-chat').evaluate((host) => {
    const panel = getComputedStyle(host.shadowRoot!.querySelector('.panel')!);
    return [panel.backgroundColor, panel.color, panel.fontSize, panel.textTransform, panel.letterSpacing, getComputedStyle(host).opacity];
  });
  assert.deepEqual(look, ['rgb(255, 255, 255)', 'rgb(23, 32, 42)', '15px', 'none', 'normal', '1']);
}

embedded('on another website it loads and talks', {}, async (room) => {
  await talk(room);
  await assertInPlace(room.page);
  await assertAccessible(room.page, 'embedded');
});

embedded('a base element of the page leads nothing of ours astray', { head: '<base href="http://127.0.0.1:9/deep/">' }, talk);

const STRICT = "default-src 'none'; script-src SERVER; require-trusted-types-for 'script'; trusted-types traincape; connect-src SERVER SOCKET";

embedded('the strict policy that web/README.md asks for is enough, and nothing falls back to BOSH', { policy: STRICT }, async (room) => {
  await talk(room);
  assert.deepEqual(room.server.requests.filter((path) => path === '/http-bind'), []);
});

const SHEETS: Record<string, string> = {
  'that unset everything': '* { all: unset } html { display: block }',
  'that unset everything and insist': '* { all: unset !important } html, body { display: block !important }',
  'that hide divisions and buttons': 'div, button, section, textarea { display: none !important }',
  'for every element': 'body > * { position: static; width: 10px; opacity: 0.1; transform: scale(2); font-size: 40px; text-transform: uppercase; letter-spacing: 1em; line-height: 3 }',
  'that set our names': '* { --accent: red; --surface: black; --text: black }',
  'with a small root font': 'html { font-size: 62.5% }',
};
for (const [name, sheet] of Object.entries(SHEETS)) {
  embedded(`style sheets ${name} change nothing`, { head: `<style>${sheet}</style>` }, async (room) => {
    await talk(room);
    await assertInPlace(room.page);
  });
}

embedded('a page whose language is written as en_US has a chat', { html: '<html lang="en_US">' }, talk);

embedded('a language that is none falls back to the page\'s', { html: '<html lang="de">', attributes: 'data-lang="German, please"' }, async (room) => {
  await talk(room);
  assert.match(await row(room.page, 'to a shop').locator('time').textContent() ?? '', /^\d{1,2}:\d\d$/);
});

embedded('embedded twice it is there once', { head: 'SCRIPT' }, async (room) => {
  await room.page.waitForLoadState('networkidle');
  assert.equal(await room.page.locator('traincape-chat').count(), 1);
  await talk(room);
});

embedded('where the page may store nothing and lock nothing it still talks', { headers: { 'content-security-policy': 'sandbox allow-scripts' } }, talk);

scene('a chat that could not be loaded is loaded when the bubble is pressed again', async ({ server, page, expectTrouble }) => {
  expectTrouble();
  await page.route('**/widget/chat-*', (route) => route.abort());
  await page.getByRole('button', { name: 'Open chat' }).click();
  await page.getByText('The chat could not be loaded. Press to try again.').waitFor();
  await assertAccessible(page, 'not loaded');
  await page.unroute('**/widget/chat-*');
  await openChat(page);
  await write(page, 'at last');
  await ticks(page, 'at last', 'Sent');
  assert.equal(await page.getByText('could not be loaded').count(), 0);
  assert.equal(server.streams, 1);
});
