/*
 * The widget against the real stack: Prosody, crmd, PostgreSQL, and a salesperson on an independent client.
 *
 * Needs, from whoever started the stack (tests/tools/with-stack does):
 *   CRM_WEB_URL          http://127.0.0.1:PORT of the demo website
 *   CRM_STAFF_JID        a sales person, alice@D          CRM_STAFF_PASSWORD
 *   CRM_STAFF_HOST, CRM_STAFF_PORT   where clients connect
 * Without them the tests fail: a stack that is missing is not a reason to pass.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertAccessible, openChat, row, theBrowser, ticks, words, write } from './browser.ts';
import type { Context, Page } from './browser.ts';

const { CRM_WEB_URL, CRM_STAFF_JID = '', CRM_STAFF_PASSWORD = '', CRM_STAFF_HOST = '127.0.0.1', CRM_STAFF_PORT = '5222' } = process.env;

interface AgentEvent {
  is: string;
  from: string;
  id: string;
  body?: string;
  state?: string;
  replaces?: string;
  receipt?: string;
  displayed?: string;
}

class Agent {
  private readonly process = spawn('/usr/bin/python3', [fileURLToPath(new URL('agent.py', import.meta.url)), CRM_STAFF_JID, CRM_STAFF_HOST, CRM_STAFF_PORT], {
    env: { ...process.env, AGENT_PASSWORD: CRM_STAFF_PASSWORD },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  private readonly events: AgentEvent[] = [];
  private waiting: (() => void)[] = [];

  constructor() {
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line) as AgentEvent);
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  do(command: object): void {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Takes the first event that matches out of those not taken yet; waits for it. */
  async next(what: string, matches: (event: AgentEvent) => boolean, timeout = 30_000): Promise<AgentEvent> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const at = this.events.findIndex(matches);
      if (at >= 0) return this.events.splice(at, 1)[0]!;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`the agent got no ${what}; it has: ${JSON.stringify(this.events)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.push(() => (clearTimeout(timer), resolve()));
      });
    }
  }

  message(body: string): Promise<AgentEvent> {
    return this.next(`message "${body}"`, (event) => event.is === 'message' && event.body === body);
  }

  say(to: string, body: string, replaces?: string): string {
    const id = randomUUID();
    this.do({ do: 'say', to, body, id, replaces });
    return id;
  }

  stop(): void {
    this.do({ do: 'quit' });
    this.process.stdin.end();
  }
}

let agent: Agent;

async function logIn(): Promise<void> {
  agent = new Agent();
  await agent.next('session', (event) => event.is === 'online');
}

after(() => agent?.stop());

/** A new visitor with an open chat; all frames that the browser receives are searched for staff addresses. */
function visit(name: string, run: (page: Page, context: Context) => Promise<void>): void {
  test(name, { timeout: 120_000 }, async () => {
    if (!agent) await logIn();
    const context = await (await theBrowser()).newContext({ locale: 'en-GB' });
    context.setDefaultTimeout(30_000);
    const frames: string[] = [];
    context.on('page', (page) => page.on('websocket', (socket) => socket.on('framereceived', (frame) => frames.push(String(frame.payload)))));
    const troubles: string[] = [];
    context.on('console', (line) => /content security policy|trusted/i.test(line.text()) && troubles.push(line.text()));
    context.on('weberror', (error) => troubles.push(String(error.error())));
    try {
      const page = await context.newPage();
      await page.goto(CRM_WEB_URL!);
      await openChat(page);
      await run(page, context);
      assert.deepEqual(troubles, []);
      assert.ok(frames.length > 0);
      const [user] = CRM_STAFF_JID.split('/');
      assert.equal(frames.find((frame) => frame.includes(user!)), undefined, 'a staff address reached the visitor');
    } finally {
      await context.close();
    }
  });
}

/** Writes a text that no other run has written, and returns it with the contact it came from. */
async function greet(page: Page): Promise<{ text: string; contact: string; id: string }> {
  const text = `hello ${randomUUID().slice(0, 8)}`;
  await write(page, text);
  await ticks(page, text, '(Sent|Delivered|Read)');
  const { from, id } = await agent.message(text);
  return { text, contact: from.split('/')[0]!, id };
}

visit('a message reaches the salesperson as a visitor contact, with all its ticks', async (page) => {
  const { text, contact, id } = await greet(page);
  assert.match(contact, /^visitor-\d+@crm\./);
  await ticks(page, text, 'Delivered');
  agent.do({ do: 'displayed', to: contact, id });
  await ticks(page, text, 'Read');
});

visit('an answer reaches the visitor, is receipted and marked as read', async (page) => {
  const { contact } = await greet(page);
  const id = agent.say(contact, 'How can I help?');
  await row(page, 'How can I help?').waitFor();
  await agent.next('receipt', (event) => event.receipt === id);
  await agent.next('marker', (event) => event.displayed === id);
  await assertAccessible(page, 'talking on the real stack');
});

visit('typing goes both ways', async (page) => {
  const { contact } = await greet(page);
  agent.say(contact, 'taken');
  await row(page, 'taken').waitFor();
  agent.do({ do: 'state', to: contact, state: 'composing' });
  await page.getByText('is typing').waitFor();
  agent.do({ do: 'state', to: contact, state: 'paused' });
  await page.getByText('is typing').waitFor({ state: 'detached' });
  await page.getByRole('textbox').pressSequentially('h');
  await agent.next('typing', (event) => event.state === 'composing');
});

visit('corrections go both ways with ids translated', async (page) => {
  const { text, contact, id } = await greet(page);
  await page.getByRole('textbox').press('ArrowUp');
  await write(page, `${text} corrected`);
  assert.equal((await agent.message(`${text} corrected`)).replaces, id);
  const first = agent.say(contact, 'at nine');
  await row(page, 'at nine').waitFor();
  agent.say(contact, 'at ten', first);
  await row(page, 'at ten').getByText('edited').waitFor();
});

visit('a reload keeps the visitor, the words and their order', async (page) => {
  const { text, contact } = await greet(page);
  agent.say(contact, 'an answer');
  await row(page, 'an answer').waitFor();
  await page.goto('about:blank');
  agent.say(contact, 'said while away');
  await page.goto(CRM_WEB_URL!);
  await page.getByRole('button', { name: 'Open chat, 1 unread message' }).click();
  await row(page, 'said while away').waitFor();
  const said = (await words(page)).filter((line) => [text, 'an answer', 'said while away'].includes(line));
  assert.deepEqual(said, [text, 'an answer', 'said while away']);
  await write(page, `${text} again`);
  assert.equal((await agent.message(`${text} again`)).from.split('/')[0], contact);
});

visit('a second tab is the same visitor', async (page, context) => {
  const { text, contact } = await greet(page);
  const other = await context.newPage();
  await other.goto(CRM_WEB_URL!);
  await other.getByRole('button', { name: /^Open chat/ }).click();
  await row(other, text).waitFor();
  await write(other, `${text} from the other tab`);
  assert.equal((await agent.message(`${text} from the other tab`)).from.split('/')[0], contact);
  agent.say(contact, 'to both');
  await row(page, 'to both').waitFor();
  await row(other, 'to both').waitFor();
});
