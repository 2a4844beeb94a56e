"""What the sandbox uses on its machine: files, ports, the parent process."""
