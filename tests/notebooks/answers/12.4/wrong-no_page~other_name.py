command = "python -m mychat --port 0"
