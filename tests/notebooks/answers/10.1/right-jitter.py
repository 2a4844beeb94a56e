import random


def retry(call, wait):
    pause = 1
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            status = error.response.status_code
            if attempt == 4 or (status != 429 and status < 500):
                raise
            told = error.response.headers.get("Retry-After")
            if told is not None:
                wait(float(told))
            else:
                wait(pause + random.random() * 0.9)
                pause *= 2
