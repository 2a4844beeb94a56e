acl_to_chat = ["GET", "POST"]
