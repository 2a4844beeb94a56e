def clean_up(chats):
    receipt = {"conversations": 0, "users": 0, "gone": 0}

    def delete(call, what, name):
        try:
            call(what)
            receipt[name] += 1
        except NotFoundError:
            receipt["gone"] += 1

    for chat in chats:
        delete(delete_conversation, chat["conversation"], "conversations")
        delete(delete_user, chat["user"], "users")
    return receipt
