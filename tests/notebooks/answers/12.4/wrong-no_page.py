command = "python my_chat/__main__.py --port 0"
