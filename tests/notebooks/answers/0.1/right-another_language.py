second = Visitor(lesson.website.url)
second.say("안녕하세요 👋")
