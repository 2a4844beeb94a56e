"""What happens before a call: access, routing and validation."""
