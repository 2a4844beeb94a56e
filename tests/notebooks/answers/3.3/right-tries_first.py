def bring_in(room, user):
    try:
        conversations.join(room, user)
    except HttpRequestError as error:
        code = error.response.json()["code"]
        if code != "conversation:error:member-already-joined":
            raise
