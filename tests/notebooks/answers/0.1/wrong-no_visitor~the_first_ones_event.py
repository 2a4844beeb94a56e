second = visitor.say("Hello.")
