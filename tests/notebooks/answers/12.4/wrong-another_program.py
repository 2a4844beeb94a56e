command = "my_chat --port 0"
