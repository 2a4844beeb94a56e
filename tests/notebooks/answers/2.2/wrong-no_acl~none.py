acl_to_chat = print(conversation)
