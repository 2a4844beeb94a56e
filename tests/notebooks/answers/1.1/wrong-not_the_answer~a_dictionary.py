practice = {"name": "Practice", "capabilities": config.capabilities}
