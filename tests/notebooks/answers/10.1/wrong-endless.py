def retry(call, wait):
    pause = 1
    while True:
        try:
            return call()
        except HttpRequestError as error:
            if error.response.status_code < 429:
                raise
            wait(float(error.response.headers.get("Retry-After", pause)))
            pause *= 2
