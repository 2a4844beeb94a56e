"""What the sandbox uses of its machine: files, ports, the parent process."""
