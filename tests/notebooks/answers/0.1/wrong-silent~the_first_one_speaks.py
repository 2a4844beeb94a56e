second = Visitor(lesson.website.url)
visitor.say("Hello, I am the second one.")
