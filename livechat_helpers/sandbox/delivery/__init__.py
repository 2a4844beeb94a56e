"""What the sandbox sends on its own: events to sessions, and webhooks."""
