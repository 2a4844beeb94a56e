command = "python3 -m my_chat --port=0"
