command = ["python", "-m", "my_chat"]
