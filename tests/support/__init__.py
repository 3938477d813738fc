"""An XMPP world beside ours: a private stack to test, and clients that share no code with it."""
