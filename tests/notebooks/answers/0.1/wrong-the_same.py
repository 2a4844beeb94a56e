second = visitor
second.say("Hello again.")
