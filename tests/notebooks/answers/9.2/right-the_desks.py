def mended_token(chat):
    return lesson.desk.visitor_token(chat["user"], chat["conversation"])
