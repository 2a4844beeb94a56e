def retry(call, wait):
    for attempt in range(5):
        try:
            call()
            break
        except HttpRequestError:
            wait(2**attempt)
