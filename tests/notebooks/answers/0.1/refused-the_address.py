second = lesson.website.url
