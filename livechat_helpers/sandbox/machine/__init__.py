"""What the sandbox needs of the machine it runs on: files, ports, a parent process."""
