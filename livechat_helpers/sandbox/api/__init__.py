"""The calls of Vonage's APIs, each with its path."""
