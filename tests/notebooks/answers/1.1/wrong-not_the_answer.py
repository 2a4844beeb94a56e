practice = config
