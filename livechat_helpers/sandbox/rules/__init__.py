"""The rules for users, conversations, members, events and sessions."""
