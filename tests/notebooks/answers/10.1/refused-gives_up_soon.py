def retry(call, wait):
    try:
        return call()
    except HttpRequestError as error:
        if error.response.status_code not in (429, 500, 503):
            raise
        wait(1)
        return call()
