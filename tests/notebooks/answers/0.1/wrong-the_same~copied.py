import copy

second = copy.copy(visitor)
second.say("Hello again.")
