class Guest(Visitor):
    pass


second = Guest(lesson.website.url)
second.say("Good day.")
