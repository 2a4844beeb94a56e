def clean_up(chats):
    count = 0
    for each in list(desk.conversations.list()):
        delete_conversation(each["id"])
        count += 1
    return {"conversations": count, "users": 0, "gone": 0}
