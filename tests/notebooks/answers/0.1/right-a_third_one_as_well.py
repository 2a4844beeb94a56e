second = Visitor(lesson.website.url)
second.say("Hello.")
third = Visitor(lesson.website.url)
