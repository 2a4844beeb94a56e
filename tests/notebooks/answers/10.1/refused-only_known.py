def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            if attempt == 4 or error.response.status_code not in (429, 500, 503):
                raise
            wait(float(error.response.headers.get("Retry-After", 2**attempt)))
