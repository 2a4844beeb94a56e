"""The tables of the sandbox's file, and the migration of older files."""

STEPS = (
    """
CREATE TABLE applications (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL UNIQUE,
    public_key TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE users (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (application_id, name)
) STRICT;
CREATE TABLE conversations (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    sequence_number INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL, updated TEXT, expires TEXT,
    UNIQUE (application_id, name)
) STRICT;
CREATE INDEX conversations_of_application ON conversations (application_id, position);
CREATE TABLE members (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL, user_id TEXT NOT NULL,
    state TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX members_of_conversation ON members (conversation_id, position);
CREATE INDEX members_of_user ON members (user_id, position);
CREATE TABLE events (
    conversation_id TEXT NOT NULL, id INTEGER NOT NULL,
    type TEXT NOT NULL, sender TEXT, recipient TEXT,
    body TEXT NOT NULL, state TEXT, timestamp TEXT NOT NULL,
    PRIMARY KEY (conversation_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, application_id TEXT NOT NULL, user_id TEXT NOT NULL,
    dropped REAL
) STRICT;
""",
    """
ALTER TABLE events ADD COLUMN deleted TEXT;
UPDATE events SET deleted = timestamp WHERE body LIKE '{"timestamp": {"deleted"%';
""",
    """
CREATE TABLE webhooks (
    position INTEGER PRIMARY KEY AUTOINCREMENT, application_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL, type TEXT NOT NULL,
    address TEXT NOT NULL, method TEXT NOT NULL, signed INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX webhooks_of_conversation
    ON webhooks (address, conversation_id, position);
CREATE INDEX webhooks_of_application ON webhooks (application_id, position);
""",
    """
ALTER TABLE sessions ADD COLUMN websocket TEXT;
ALTER TABLE sessions ADD COLUMN acknowledges INTEGER NOT NULL DEFAULT 0;
CREATE TABLE starts (number INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
""",
    """
CREATE INDEX conversations_that_end ON conversations (expires)
    WHERE expires IS NOT NULL;
""",
    """
ALTER TABLE users ADD COLUMN created TEXT;
ALTER TABLE users ADD COLUMN updated TEXT;
""",
)
"""The steps that create the file. ``user_version`` counts the completed ones."""
