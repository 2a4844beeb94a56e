command = "python -m my_chat --port 0"
