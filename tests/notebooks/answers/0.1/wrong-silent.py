second = Visitor(lesson.website.url)
