second = "Hello, it is me."
