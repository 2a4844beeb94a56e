second = Visitor(lesson.website.url).say("Hello.")
