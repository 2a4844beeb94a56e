second = Visitor(lesson.website.url)
second.say("Hello.")
second = [second]
