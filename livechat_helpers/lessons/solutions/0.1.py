second = Visitor(lesson.website.url)
second.say("Hello, it's me, the second one.")
