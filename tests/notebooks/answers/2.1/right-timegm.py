def exp_in(minutes):
    import calendar

    return calendar.timegm(time.gmtime()) + minutes * 60
