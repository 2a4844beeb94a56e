"""What is sent without being asked for: events to sessions, and webhooks."""
