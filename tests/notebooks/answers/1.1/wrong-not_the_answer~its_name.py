practice = "Practice"
