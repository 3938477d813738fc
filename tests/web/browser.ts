/*
 * One Chromium for a test file, a fresh profile for each test. A page that logs an error, or on which the
 * content security policy refuses something, fails its test (`expectTrouble` for those that break the wire).
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { axeSource, chromium } from './packages.ts';
import { FakeServer } from './fake-server.ts';

type Browser = import('../../web/node_modules/playwright-core').Browser;
export type Context = import('../../web/node_modules/playwright-core').BrowserContext;
export type Page = import('../../web/node_modules/playwright-core').Page;
type ContextOptions = import('../../web/node_modules/playwright-core').BrowserContextOptions;

let browser: Promise<Browser> | undefined;

/** The browser of this file, begun when it is first asked for: --test-name-pattern may leave a file without a test. */
export function theBrowser(): Promise<Browser> {
  return (browser ??= launch());
}

after(async () => (await browser)?.close());

/** Without windows and their own pages, which take as much time as ours; CHROMIUM=/usr/bin/chromium has them. */
function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export interface Room {
  server: FakeServer;
  context: Context;
  page: Page;
  /** The wire will break in this test: failed requests are not an error. */
  expectTrouble(): void;
}

/** A test with a server of its own and a page on the demo website. */
export function scene(name: string, run: (room: Room) => Promise<void>, options: ContextOptions = {}): void {
  test(name, { timeout: 120_000 }, async () => {
    const server = await FakeServer.start();
    const context = await (await theBrowser()).newContext({ locale: 'en-GB', timezoneId: 'Asia/Kolkata', viewport: { width: 1000, height: 760 }, ...options });
    context.setDefaultTimeout(30_000);
    const troubles: string[] = [];
    let troubleExpected = false;
    context.on('console', (line) => line.type() === 'error' && troubles.push(line.text()));
    context.on('weberror', (error) => troubles.push(String(error.error())));
    try {
      const page = await context.newPage();
      await page.goto(server.url);
      await run({ server, context, page, expectTrouble: () => (troubleExpected = true) });
      if (!troubleExpected) assert.deepEqual(troubles, [], 'the page logged errors');
      assert.deepEqual(troubles.filter((line) => /content security policy|trustedhtml/i.test(line)), []);
    } finally {
      await context.close();
      server.stop();
    }
  });
}

export async function openChat(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Open chat/ }).click();
  await page.getByRole('textbox').waitFor();
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox').fill(text);
  await page.getByRole('textbox').press('Enter');
}

/** The row of the message with this text. */
export function row(page: Page, text: string) {
  return page.locator('.message', { has: page.locator('.words', { hasText: text }) });
}

export async function ticks(page: Page, text: string, label: string): Promise<void> {
  await row(page, text).locator('.ticks', { hasText: new RegExp(`^${label}$`) }).waitFor();
}

export async function words(page: Page): Promise<string[]> {
  return page.locator('.log .words, .log .notice').allTextContents();
}

/** The panel has finished sliding in. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { shadowRoot } = document.querySelector('traincape-chat')!;
    await new Promise(requestAnimationFrame);
    const running = shadowRoot!.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(running.map((one) => one.finished));
  });
}

/**
 * Lets the page's clock run on (page.clock.install() before) until `event` has come, and returns it. One jump is not
 * enough: the timer that it is to fire may be set only once the page has read what was just sent to it.
 */
export async function passTimeUntil<T>(page: Page, event: Promise<T>): Promise<T> {
  let come = false;
  const done = event.finally(() => (come = true));
  while (!come) {
    await page.clock.fastForward(65_000);
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  }
  return done;
}

/** WCAG 2.2 AA and best practice, through the open shadow root. */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  await settled(page);
  // evaluate() is not subject to the page's own policy.
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const result = await (window as any).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return result.violations.map((one: any) => `${one.id}: ${one.nodes.map((node: any) => node.target.join(' ') + ' ' + node.failureSummary).join(' | ')}`);
  });
  assert.deepEqual(violations, [], what);
}
