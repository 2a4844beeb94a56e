def retry(call, wait, attempt=1):
    try:
        return call()
    except HttpRequestError as error:
        status = error.response.status_code
        if attempt == 5 or (status < 500 and status != 429):
            raise
        told = error.response.headers.get("Retry-After")
        wait(float(told) if told else 2 ** (attempt - 1))
        return retry(call, wait, attempt + 1)
