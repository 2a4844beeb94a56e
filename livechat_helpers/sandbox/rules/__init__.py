"""What holds for users, conversations, members, events and sessions."""
