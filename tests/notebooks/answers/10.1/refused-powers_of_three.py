def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            status = error.response.status_code
            if attempt == 4 or not (status == 429 or status >= 500):
                raise
            wait(float(error.response.headers.get("Retry-After", 3**attempt)))
