"""The calls of Vonage's APIs, and their paths."""
