def retry(call, wait):
    for attempt in range(6):
        try:
            return call()
        except HttpRequestError as error:
            if attempt == 5 or error.response.status_code < 429:
                raise
            wait(float(error.response.headers.get("Retry-After", 2**attempt)))
