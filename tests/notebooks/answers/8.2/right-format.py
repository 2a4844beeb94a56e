def line(who, what):
    return "<b>{}</b>: {}".format(*map(escape, (who, what)))
