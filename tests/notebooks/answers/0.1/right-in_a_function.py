def come_in(text):
    guest = Visitor(lesson.website.url)
    guest.say(text)
    return guest


second = come_in("Hi")
