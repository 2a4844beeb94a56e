second = Visitor(lesson.website.url)
second.say("Hello.")
second.say("Is anybody there?")
