def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            code = error.response.status_code
            if attempt == 4 or not (code == 429 or code >= 500):
                raise
            wait(error.response.headers.get("Retry-After", 2**attempt))
