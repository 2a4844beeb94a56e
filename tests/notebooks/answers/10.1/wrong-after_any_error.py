def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError:
            if attempt == 4:
                raise
            wait(2**attempt)
