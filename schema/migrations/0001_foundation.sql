-- The foundation: people and their credentials, leads, visitors and conversations, the outbox, sessions, the audit.
-- Applied as crm_owner by schema/apply (which makes the schema crm), once; never edited after it has landed. Grants and policies are in schema/roles.sql,
-- functions in schema/functions/: both are re-created on every apply.

-- One crmd speaks at a time. Each start takes the next epoch; each writing unit of work checks that it is still the current one.
CREATE TABLE crm.lease (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch  bigint NOT NULL DEFAULT 0
);
INSERT INTO crm.lease DEFAULT VALUES;

-- What crmd knows of Prosody's side of the stream: everything that staff sent before `heard_until` is committed here.
CREATE TABLE crm.stream_mark (
    single      boolean PRIMARY KEY DEFAULT true CHECK (single),
    heard_until double precision NOT NULL DEFAULT 0  -- Prosody's clock, seconds since 1970
);
INSERT INTO crm.stream_mark DEFAULT VALUES;

CREATE TABLE crm.person (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('staff', 'customer')),
    username   text NOT NULL CHECK (username ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    role       text NOT NULL CHECK (role IN ('admin', 'manager', 'lead', 'sales', 'customer')),
    email      text,
    phone      text,
    time_zone  text NOT NULL DEFAULT 'Asia/Kolkata',
    locale     text NOT NULL DEFAULT 'en-IN',
    enabled    boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, username),
    CHECK ((kind = 'customer') = (role = 'customer'))
);

-- SCRAM keys (RFC 5802), hexadecimal; or a bcrypt hash of an imported account until its first login.
CREATE TABLE crm.credential (
    person_id     bigint PRIMARY KEY REFERENCES crm.person ON DELETE CASCADE,
    salt          text,
    iterations    int CHECK (iterations BETWEEN 4096 AND 1000000),
    stored_sha1   text,
    server_sha1   text,
    stored_sha256 text,
    server_sha256 text,
    bcrypt        text,
    changed_at    timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nulls(salt, iterations, stored_sha1, server_sha1, stored_sha256, server_sha256) IN (0, 6)),
    CHECK (salt IS NOT NULL OR bcrypt IS NOT NULL)
);

-- Who of the staff can take a conversation now. Presence is not durable: this is what crmd last knew, asked for again on connect.
CREATE TABLE crm.availability (
    person_id  bigint PRIMARY KEY REFERENCES crm.person ON DELETE CASCADE,
    available  boolean NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE crm.lead_source (
    name  text PRIMARY KEY,
    label text NOT NULL
);
INSERT INTO crm.lead_source (name, label) VALUES
    ('linkedin', 'LinkedIn'), ('website', 'Website'), ('referral', 'Referral'), ('direct', 'Direct'), ('import', 'Import'), ('chat', 'Chat');

-- The statuses of a lead and the moves between them: the one list, read by the trigger below and by the program.
CREATE TABLE crm.lead_move (
    from_status text NOT NULL,
    to_status   text NOT NULL,
    PRIMARY KEY (from_status, to_status)
);
INSERT INTO crm.lead_move (from_status, to_status) VALUES
    ('new', 'assigned'), ('new', 'lost'),
    ('assigned', 'new'), ('assigned', 'contacted'), ('assigned', 'lost'),
    ('contacted', 'follow-up'), ('contacted', 'qualified'), ('contacted', 'lost'),
    ('follow-up', 'contacted'), ('follow-up', 'qualified'), ('follow-up', 'lost'),
    ('qualified', 'follow-up'), ('qualified', 'converted'), ('qualified', 'lost'),
    ('converted', 'won'), ('converted', 'lost'),
    ('lost', 'assigned'), ('won', 'assigned');

CREATE TABLE crm.lead (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email           text,
    phone           text CHECK (phone ~ '^\+[0-9]{6,15}$'),
    source          text NOT NULL DEFAULT 'direct' REFERENCES crm.lead_source,
    status          text NOT NULL DEFAULT 'new'
                    CHECK (status IN ('new', 'assigned', 'contacted', 'follow-up', 'qualified', 'converted', 'won', 'lost')),
    assignee        bigint REFERENCES crm.person,
    creator         bigint REFERENCES crm.person,
    budget_minor    bigint CHECK (budget_minor >= 0),
    budget_currency text CHECK (budget_currency ~ '^[A-Z]{3}$'),
    requirements    text CHECK (length(requirements) <= 4000),
    follow_up_at    timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    deleted_at      timestamptz,
    CHECK ((budget_minor IS NULL) = (budget_currency IS NULL)),
    CHECK (status <> 'assigned' OR assignee IS NOT NULL)
);
CREATE INDEX lead_by_assignee ON crm.lead (assignee, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_status ON crm.lead (status, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_email ON crm.lead (lower(email));
CREATE INDEX lead_by_phone ON crm.lead (phone);

-- What changed on a lead: written by trigger only, whoever writes.
CREATE TABLE crm.lead_event (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id   bigint NOT NULL REFERENCES crm.lead,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    person_id bigint REFERENCES crm.person,
    surface   text,
    field     text NOT NULL,
    was       text,
    is_now    text
);
CREATE INDEX lead_event_by_lead ON crm.lead_event (lead_id, id);

-- Who asked for what, and what came of it. Append-only for everyone.
CREATE TABLE crm.audit (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    person_id bigint,
    who       text NOT NULL,      -- the bare address that asked
    surface   text NOT NULL,
    request   text NOT NULL,
    command   text NOT NULL,
    target    text,               -- "lead-42"
    outcome   text NOT NULL,      -- "done" or the refusal's word
    arguments jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_by_person ON crm.audit (person_id, id DESC);

-- A visitor is a browser: its bare address on guest.D is stable as long as the browser keeps its secret. A registered customer who writes to the
-- desk is one too, with an address on my.D.
CREATE TABLE crm.visitor (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    address       text NOT NULL UNIQUE,
    name          text,
    present       boolean NOT NULL DEFAULT false,  -- has a session now, as far as crmd knows
    next_sequence bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- An episode of talk with a visitor. Moves: see component/desk/conversation.c, the one table of them.
CREATE TABLE crm.conversation (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    visitor_id    bigint NOT NULL REFERENCES crm.visitor,
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'open', 'closed')),
    taken_by      bigint REFERENCES crm.person,
    taken_at      timestamptz,
    told_absent   boolean NOT NULL DEFAULT false,  -- the visitor knows that nobody is there
    visitor_at    timestamptz,                     -- last message of the visitor
    staff_at      timestamptz,                     -- last message of staff
    created_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'open') = (taken_by IS NOT NULL))
);
CREATE UNIQUE INDEX conversation_current ON crm.conversation (visitor_id) WHERE state <> 'closed';
CREATE INDEX conversation_waiting ON crm.conversation (id) WHERE state = 'waiting';
CREATE INDEX conversation_taken ON crm.conversation (taken_by) WHERE state = 'open';

-- Who was shown a waiting conversation, and so may take it.
CREATE TABLE crm.offer (
    conversation_id bigint NOT NULL REFERENCES crm.conversation,
    person_id       bigint NOT NULL REFERENCES crm.person,
    at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, person_id)
);

-- What was said, in the order in which people saw it.
CREATE TABLE crm.message (
    id              uuid PRIMARY KEY,   -- its id and origin-id for every recipient
    visitor_id      bigint NOT NULL REFERENCES crm.visitor,
    conversation_id bigint NOT NULL REFERENCES crm.conversation,
    sequence        bigint NOT NULL,    -- per visitor; also the archive id that XEP-0313 shows
    author          text NOT NULL CHECK (author IN ('visitor', 'staff', 'system')),
    person_id       bigint REFERENCES crm.person,
    client_id       text,               -- the id that the sender's client gave it
    body            text NOT NULL,
    replaces        uuid,               -- XEP-0308: the message that this one corrects
    notice          text,               -- kind of a system notice
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at    timestamptz,
    displayed_at    timestamptz,
    UNIQUE (visitor_id, sequence),
    CHECK ((author = 'staff') = (person_id IS NOT NULL))
);
CREATE INDEX message_by_client_id ON crm.message (visitor_id, client_id) WHERE client_id IS NOT NULL;

-- What was taken in already: one row a message from outside, so that a resent one has its effects once.
CREATE TABLE crm.inbound (
    key  text PRIMARY KEY,
    at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbound_by_time ON crm.inbound (at);

-- What has to reach someone: one row per (message, recipient). States and who moves them: component/desk/outbox.h.
CREATE TABLE crm.outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel    text NOT NULL,              -- order holds within one: "visitor-17", "bot-5"
    recipient  text NOT NULL,              -- bare address
    message_id uuid NOT NULL,
    sender     text NOT NULL,              -- local part on crm.D: "visitor-17", "support", "bot"
    body       text NOT NULL,
    replaces   text,                       -- id that the recipient knows, XEP-0308
    notice     text,
    nick       text,
    sequence   bigint,                     -- of crm.message, for the visitor's stanza-id
    to_visitor boolean NOT NULL DEFAULT false,  -- has no archive: only a receipt settles it
    state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'routed', 'delivered', 'failed', 'withdrawn')),
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),  -- when its author wrote it (XEP-0203)
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    UNIQUE (message_id, recipient)
);
CREATE INDEX outbox_pending ON crm.outbox (channel, id) WHERE state = 'pending';
CREATE INDEX outbox_settled ON crm.outbox (settled_at) WHERE state <> 'pending';

-- A form being filled in (XEP-0050), keyed by session id and full address.
CREATE TABLE crm.form_session (
    id         text NOT NULL,
    jid        text NOT NULL,
    command    text NOT NULL,
    target     bigint NOT NULL DEFAULT 0,
    page       int NOT NULL DEFAULT 0,
    state      jsonb NOT NULL DEFAULT '{}',
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (id, jid)
);

-- What the bot is waiting for from a person: a command with what was given so far.
CREATE TABLE crm.dialogue (
    person_id  bigint PRIMARY KEY REFERENCES crm.person ON DELETE CASCADE,
    state      jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
