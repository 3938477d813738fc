// What a web team would have built: Express, Socket.IO and PostgreSQL. Every message is stored before it is passed on and acknowledged.
//
// Settings come from the environment: PORT, and those of libpq (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE). Prints "ready".
//
// A conversation is a room. Agents hear the first message of each, whoever answers takes it: as crmd does, without its rights, offers,
// receipts, archive and outbox. Commits are durable: the cluster is that of the stack, with its settings.

import { createServer } from 'node:http';

import express from 'express';
import pg from 'pg';
import { Server } from 'socket.io';

const pool = new pg.Pool({ max: 10 });
await pool.query(`CREATE TABLE IF NOT EXISTS message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, conversation bigint NOT NULL, author text NOT NULL,
  body text NOT NULL, at timestamptz NOT NULL DEFAULT now())`);
await pool.query('CREATE INDEX IF NOT EXISTS message_by_conversation ON message (conversation, id)');

const insert = {
  name: 'insert',
  text: 'INSERT INTO message (conversation, author, body) VALUES ($1, $2, $3) RETURNING id, at',
};

async function store(conversation, author, body) {
  const { rows } = await pool.query({ ...insert, values: [conversation, author, body] });
  return { conversation, author, body, id: rows[0].id, at: rows[0].at };
}

const app = express();
app.get('/health', (request, response) => response.json({ ok: true }));
const server = createServer(app);
server.on('connection', (socket) => socket.setNoDelay(true));
const io = new Server(server, { transports: ['websocket'], serveClient: false });
const takers = new Map();

function visitor(socket, number) {
  socket.join(`visitor:${number}`);
  socket.on('message', async ({ body }, acknowledge) => {
    const message = await store(number, 'visitor', body);
    acknowledge({ id: message.id });
    io.to(takers.get(number) ?? 'agents').emit('message', message);
  });
}

function agent(socket, number) {
  socket.join(['agents', `agent:${number}`]);
  socket.on('message', async ({ conversation, body }, acknowledge) => {
    takers.set(conversation, `agent:${number}`);
    const message = await store(conversation, `agent:${number}`, body);
    acknowledge({ id: message.id });
    io.to(`visitor:${conversation}`).emit('message', message);
  });
}

io.on('connection', (socket) => {
  const { role, number } = socket.handshake.auth;
  (role === 'agent' ? agent : visitor)(socket, number);
});

server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
