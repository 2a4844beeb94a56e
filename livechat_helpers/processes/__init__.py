"""Processes of ours: start one, wait for another, say something meanwhile."""
