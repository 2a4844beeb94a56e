"""What the sandbox sends unasked: events to sessions, and webhooks."""
