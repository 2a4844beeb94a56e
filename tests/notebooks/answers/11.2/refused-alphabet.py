def next_chat(waiting, load):
    return waiting[0], sorted(load)[0]
