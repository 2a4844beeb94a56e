def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            if error.response.status_code in (429, 500, 503):
                wait(float(error.response.headers.get("Retry-After", 2**attempt)))
            else:
                return "no"
    return "gave up"
