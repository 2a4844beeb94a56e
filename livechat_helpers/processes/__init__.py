"""Our processes: start one, wait for another, print a line meanwhile."""
